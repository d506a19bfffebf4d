#include "rules/lint_codes.h"

#include <array>

#include "base/text.h"

namespace abm::rules {
namespace {

constexpr auto kCodes = std::to_array<LintCode>({
    {kLintSlotNearMiss, "slot not declared, but similar to one that is",
     "A rule names a slot that no file lists under 'slots:', and a declared name is one typo "
     "away. An "
     "undeclared name means the elements with data-abm-slot=\"NAME\"; if your pages have none, the edit "
     "never shows and "
     "visits log it as 'missing'.\n"
     "Correct the name, or declare it under 'slots:'."},
    {kLintUnusedSlot, "slot that no rule uses",
     "The slot is declared and no rule changes it. That costs visitors nothing, but it often means that a "
     "rule names "
     "a different slot than its author intended.\n"
     "Use it, remove it, or put 'silence: [ABM002]' at the top level of the file that declares it."},
    {kLintNameOnly, "personalization theater: a rule that only shows a name",
     "All the rule does is show the account's own name. Visitors know where they work; a "
     "page that "
     "greets them by company name tells them that they are being watched and does nothing for them.\n"
     "Speak of their problem instead: their industry, a comparable customer, the integration they run. Keep "
     "the name "
     "for pages that you prepared for that account and that say something about it."},
    {kLintNeverMatches, "rule that no account can match",
     "No account of the feed can satisfy the account fields of this rule's 'when', whatever the page: "
     "perhaps two "
     "fields exclude each other, or a value is spelled differently in the feed.\n"
     "'abmctl explain --account ID' shows for one account which field fails."},
    {kLintExpired, "schedule that has ended",
     "The rule's 'until' is in the past. It is still loaded and compared, but never applies.\n"
     "Remove the rule, or move its dates."},
    {kLintScript, "fragment with a script",
     "Markup that rules insert contains <script>. It runs for identified visitors only, so nobody else ever "
     "tests it; it "
     "is bound by the page's content security policy; and it brings back the flicker that inserting on the "
     "server "
     "avoids.\n"
     "Put behaviour into the page itself, and let rules change content."},
    {kLintLeavesSite, "link that leaves the site",
     "A link or form that a rule inserts goes to a host that no rule names under 'host:'. That "
     "may be "
     "meant (a calendar, a partner), or be the pasted address of a test system.\n"
     "Write links within the site without scheme and host: /pricing."},
    {kLintNoAccount, "tier one-to-one without an account",
     "The rule is for the one-to-one tier but names no account: every one-to-one account would see the same. "
     "That is "
     "what one-to-few is for; a one-to-one account earns content that was made for it.\n"
     "Name accounts with 'account:', or drop the tier."},
    {kLintTie, "tie that file order decides",
     "Two rules want the same slot, have the same priority, are equally specific and can match the same "
     "visit. Which one "
     "wins depends on which comes first, so renaming a file would change the page. Where the feed is known, only rules "
     "are named that one of its accounts can match both.\n"
     "Give the one that should win a higher 'priority', or make their conditions exclude each other."},
    {kLintUnknownAccount, "account that the feed does not have",
     "The rule names an account id that the feed does not list, so it never applies to it. Ids are written "
     "exactly as in "
     "the feed's 'id'.\n"
     "Correct the id, or wait for the feed that brings the account."},
    {kLintUnknownValue, "value that no account has",
     "The rule tests a segment, industry, country, region, stage, play, owner or attribute against a value "
     "that no "
     "account of the feed has. Often it is spelled differently there.\n"
     "Correct the value; the message names the nearest one."},
    {kLintUnbalanced, "markup that is not balanced",
     "A fragment opens an element that it does not close, or closes one that it did not open. The rest of "
     "the page would "
     "end up inside it or outside of its own parent.\n"
     "Close every element that you open. Where a split is meant, edit an outer slot instead."},
    {kLintNoFragment, "html_file that matches no file, or only one with another spelling",
     "Whatever values its placeholders take, this html_file names no existing file beneath the rules "
     "file's "
     "folder. The slot will stay original for everybody.\n"
     "Create at least one of the files, or correct the path. Paths are relative to the rules file.\n"
     "If the message says that letters are composed otherwise, the file is found all the same: 'ü' is one "
     "character in one of the two places, and 'u' with a diaeresis in the other (Unicode normalization), "
     "which looks alike and which other programs tell apart. Rename the file, or write its name again."},
    {kLintUnusedSegment, "segment that no rule uses",
     "The segment is defined and no rule tests it. It still appears in $abm_segments and in the visit log.\n"
     "If that is what it is for, put 'silence: [ABM014]' at the top level of the file; else remove it."},
    {kLintShadowedSegment, "segment that the feed also has",
     "A segment is defined here under a name that accounts of the feed already carry. An account is then in "
     "it when "
     "either says so, which makes reports hard to read.\n"
     "Choose another name."},
    {kLintUnsafe, "attributes set with unsafe",
     "The slot says 'unsafe: true' and sets or removes an attribute that loads or runs something, decides "
     "where "
     "the page's URLs lead, or guards the page: src of a script, href of base, sandbox of iframe, on… and "
     "the "
     "like. Read it as you read code.\n"
     "Where none of the attributes is of that kind, leave 'unsafe' out."},
    {kLintMisplaced, "markup that a browser would move",
     "HTML does not allow this markup where the slot's selector puts it. Browsers repair that without a word: a link in "
     "a link or a button in a button ends the outer one, a block ends the paragraph around it, what does not belong in "
     "a table is shown in front of it, rows outside of a table vanish, markup in a title is shown as text. The page then "
     "looks different from what the rule says.\n"
     "Use elements that may stand there (<span> in a paragraph or a link), or insert 'before' or 'after' the element, "
     "or into one further out."},
    {kLintUnrecognised, "account of tier one-to-one that nobody is recognised as",
     "The account is of tier one-to-one, which earns pages of its own, and no visitor's address leads to it: no network "
     "source knows it, or what they know had to be left out. Nobody will see those pages, unless they come by a "
     "signed link (abmctl link), or nginx is told who signs in (abm_identity).\n"
     "'abmctl coverage' says why for each account and what to do; 'abmctl coverage --suggest' proposes AS numbers. Where "
     "links or abm_identity are all that is wanted, put 'silence: [ABM018]' at the top level of a rules file."},
    {kLintReverted, "edit that the page's framework puts back",
     "A sample page (pages: in site.yaml) is hydrated by a framework in the browser, and the framework is known to put its "
     "own content back into this slot a moment after the page is shown. Visitors see a flash, and then the original. Such "
     "an edit takes all others of the page's hydrated part with it.\n"
     "Render the slot with the component of conf/frameworks that leaves its inner HTML as it comes, or choose an edit that "
     "stays: conf/frameworks/README.md has the table. An element whose inner HTML is left alone says so with the attribute "
     "data-abm-holds."},
    {kLintBreaksPage, "edit that breaks the page's framework",
     "A sample page (pages: in site.yaml) is hydrated by a framework that counts its nodes. With one more or one less its "
     "hydration fails: parts of the page no longer work, or are shown twice.\n"
     "Change the content or the attributes of an element instead of adding or removing one, or put the addition where the "
     "framework leaves the inner HTML alone: conf/frameworks/README.md has the table."},
    {kLintNotOnPages, "slot that no sample page has",
     "A rule may apply on sample pages (pages: in site.yaml), and none of them has an element that the slot's selector "
     "matches. Visits to such pages would log it as 'missing'.\n"
     "Correct the selector. If the site has changed, fetch the pages again ('abmctl pages fetch'). If the slot is on a page "
     "that is not among them, add that page."},
    {kLintSmallGroups, "control group or holdout that is too small to show anything",
     "A control group or a holdout keeps accounts on the original pages for comparison, and the report compares groups of at "
     "least 20 accounts. With the accounts of the feed that may match, without excluded ones, one of the two groups has fewer, "
     "however long it runs: those accounts miss what the rules do, and nothing is learned from it.\n"
     "'abmctl plan' says what effect groups of which size can show. Make the group larger, leave it out until the list has "
     "grown, or compare over all rules with 'control' in place of a holdout in each. Where it stands for later, put 'silence: "
     "[ABM022]' into the rule, or at the top level of the file that has 'control'."},
    {kLintUnknownPage, "visited path that no known page has",
     "A condition asks whether somebody of the account 'visited' a path, and no sample page (pages: in site.yaml) and no "
     "page that accounts of the feed have visited has such a path. If it is misspelled, nobody will ever match.\n"
     "Correct the path, or add the page to the sample pages ('abmctl pages fetch')."},
    {kLintParents, "parents that lead nowhere",
     "The site has 'inherit', or draws lots by parent, and the parents of some accounts go round in a circle, or on for more "
     "than 16 levels. Nobody is at the top, so such an account stands by itself: it inherits nothing, and its arm is its "
     "own.\n"
     "Correct 'parent' in the CRM or in the feed."},
    {kLintCapacity, "more accounts in a tier than people can serve",
     "'capacity' in site.yaml says how many accounts of a tier people can serve, and the list has more. Above all "
     "one-to-one means somebody who prepares pages and calls: with too many of them, most get nothing of the kind.\n"
     "Move the weakest to another tier, or raise 'capacity' once there is somebody for them."},
    {kLintUntouched, "accounts that nobody has come from for a year",
     "The last visit of these accounts was 365 days ago or earlier, so far as the list or the visit log says. They "
     "take places and attention that others could use, and all figures that are shares of the list look worse.\n"
     "Let somebody call them, lower their tier, or take them off the list. Where a long silence is usual, put 'silence: "
     "[ABM026]' at the top level of a rules file."},
    {kLintListSize, "a tier that grows or shrinks by more than a third",
     "Compared with the generation that serves, a tier has gained or lost more than a third of its accounts, and at least 5. "
     "An export with another filter looks like that, and so does a mistake in the rules for tiers.\n"
     "If it is meant, there is nothing to do: the next publication compares with this one. 'max_shrink' refuses a list that "
     "has lost too many accounts in all."},
    {kLintIndustries, "industries of the list that no rule names",
     "Some rules or segments are for named industries, and the list has accounts in others, which see what everybody sees. "
     "Often an industry is spelled in another way than the rules expect.\n"
     "Write a rule or a segment for them, or map the list's words ('values' in site.yaml). Where only these industries are "
     "meant, put 'silence: [ABM028]' at the top level of a rules file."},
    {kLintUnreached, "accounts that no rule reaches",
     "These accounts have a tier, and no rule can match them on any page, or only rules whose schedule is over: their "
     "visitors see the original. "
     "Accounts without a tier are counted too, but not a reason for the warning.\n"
     "'abmctl explain --account ID' says for each rule why. Write a rule for their tier, or lower it. Where that is "
     "meant, put 'silence: [ABM029]' at the top level of a rules file."},
});

}  // namespace

std::span<const LintCode> lint_codes() noexcept {
  return kCodes;
}

const LintCode* find_lint_code(std::string_view code) noexcept {
  for (const LintCode& known : kCodes) {
    if (equals_ignoring_case(known.code, code)) return &known;
  }
  return nullptr;
}

}  // namespace abm::rules
