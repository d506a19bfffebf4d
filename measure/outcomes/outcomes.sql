-- Opportunities, and what became of accounts: temporary tables that queries of one's own (`abmctl report --sql`) may
-- read. Both are empty where no opportunities were named. Times are Unix milliseconds, amounts are in the exports' currency.

DROP TABLE IF EXISTS temp.opportunity;
CREATE TEMP TABLE opportunity (
  id TEXT NOT NULL,
  account TEXT,             -- NULL: of a company that is not on the list
  company TEXT NOT NULL,    -- as the export names it
  name TEXT NOT NULL,
  stage TEXT NOT NULL,      -- the CRM's word
  state TEXT NOT NULL,      -- open, won, lost
  type TEXT NOT NULL,       -- new, expansion, renewal
  created_ms INTEGER NOT NULL,
  closed_ms INTEGER,
  amount REAL,              -- NULL: not stated
  currency TEXT             -- NULL: nothing states one
);

DROP TABLE IF EXISTS temp.outcome_account;
CREATE TEMP TABLE outcome_account (  -- one row for each account and question
  question TEXT NOT NULL,   -- came: accounts that came, from their first visit with an arm on; listed: all on the list
  account TEXT NOT NULL,
  tier TEXT NOT NULL,       -- when it was assigned
  segments TEXT NOT NULL,   -- JSON array, likewise
  arm TEXT NOT NULL,        -- treated, control
  since_ms INTEGER NOT NULL,      -- its clock starts
  until_ms INTEGER NOT NULL,      -- its window ends just before
  window_over INTEGER NOT NULL,   -- 1: opportunities are known until then
  known_days REAL NOT NULL,       -- from the clock until the last day that the exports know of
  opportunities_before INTEGER NOT NULL,  -- from before the clock, and their amount
  amount_before REAL NOT NULL,
  opened_before INTEGER NOT NULL,  -- how many of those were created in a window's length before it
  visits_before INTEGER,          -- people's; NULL: not counted
  opportunities INTEGER NOT NULL, -- created from the clock on, within the window; renewals are not among them
  amount REAL NOT NULL,           -- of these
  won INTEGER NOT NULL,
  won_amount REAL NOT NULL,
  lost INTEGER NOT NULL,
  expansions INTEGER NOT NULL,    -- of these opportunities
  expansion_amount REAL NOT NULL,
  days_to_opportunity REAL,       -- from the clock to the first; NULL: there is none
  days_to_won REAL,               -- from the clock until the first was won; NULL: none was, or nothing says when
  opportunities_after INTEGER NOT NULL,   -- created after the window
  renewals INTEGER NOT NULL,      -- open at the clock, or created in the window
  renewed INTEGER NOT NULL,
  renewed_amount REAL NOT NULL,
  churned INTEGER NOT NULL,
  churned_amount REAL NOT NULL
);
