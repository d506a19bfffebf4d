-- What became of each account
-- One row for each account and question: everything that the figures about pipeline are computed from.
SELECT question, account, tier, segments, arm, since_ms, until_ms, window_over, known_days, opportunities_before, amount_before,
       opened_before, visits_before, opportunities, amount, won, won_amount, lost, expansions, expansion_amount,
       days_to_opportunity, days_to_won, opportunities_after, renewals, renewed, renewed_amount, churned, churned_amount
FROM outcome_account ORDER BY question, account;
