#include "generation/families.h"

#include <gtest/gtest.h>

#include "accounts/snapshot_writer.h"

namespace abm::generation {
namespace {

using accounts::Account;
using accounts::InheritedField;
using accounts::TextField;

Account named(const std::string& id, const std::string& parent) {
  Account account;
  account.text[static_cast<size_t>(TextField::kId)] = id;
  account.text[static_cast<size_t>(TextField::kName)] = id;
  account.text[static_cast<size_t>(TextField::kParent)] = parent;
  return account;
}

std::string file_of(const std::vector<Account>& accounts) {
  accounts::SnapshotWriter writer;
  for (const Account& account : accounts) writer.add(account);
  return *writer.finish({"acme", 1, 0, {}});
}

TEST(Families, CountsThemAndWhatIsWrongWithThem) {
  std::vector<Account> list = {
      named("a", ""),     named("b", "a"),       named("c", "b"), named("lone", ""), named("x", "gone"),
      named("y", "gone"), named("z", "missing"), named("p", "q"), named("q", "p"),   named("r", "p")};
  list[1].inherited.add(InheritedField::kTier);
  list[2].inherited.add(InheritedField::kTier);
  list[2].inherited.add(InheritedField::kOwner);
  const std::string file = file_of(list);
  const Families families = families_of(*accounts::Snapshot::open(file));
  EXPECT_EQ(families.families, 2u) << "a's, and that of the two below 'gone'";
  EXPECT_EQ(families.accounts, 5u);
  EXPECT_EQ(inherited_text(families), "tier of 2 accounts, owner of 1");
  EXPECT_EQ(families.without_parent.text(), "'x', 'y' and 'z'");
  EXPECT_EQ(families.in_circles.text(), "'p' and 'q'");
  EXPECT_EQ(families.too_deep.text(), "'r'");
}

TEST(Families, NamesTheFirstFew) {
  NamedAccounts named;
  EXPECT_EQ(named.text(), "");
  for (const char* id : {"a", "b", "c", "d", "e"}) named.add(id);
  EXPECT_EQ(named.text(), "'a', 'b', 'c', 'd' and 'e'");
  named.add("f");
  named.add("g");
  EXPECT_EQ(named.text(), "'a', 'b', 'c', 'd', 'e' and 2 more");
}

TEST(Families, FindsWhereAValueIsFrom) {
  std::vector<Account> list = {named("top", ""), named("mid", "top"), named("low", "mid")};
  list[0].tier = list[1].tier = list[2].tier = accounts::Tier::kOneToFew;
  list[0].text[static_cast<size_t>(TextField::kOwner)] = "jo";
  list[1].text[static_cast<size_t>(TextField::kOwner)] = "ann";
  list[2].text[static_cast<size_t>(TextField::kOwner)] = "ann";
  list[1].inherited.add(InheritedField::kTier);
  list[2].inherited.add(InheritedField::kTier);
  list[2].inherited.add(InheritedField::kOwner);
  const std::string file = file_of(list);
  const accounts::Snapshot snapshot = *accounts::Snapshot::open(file);
  EXPECT_EQ(inherited_from(snapshot, snapshot.at(2), InheritedField::kTier)->id(), "top");
  EXPECT_EQ(inherited_from(snapshot, snapshot.at(2), InheritedField::kOwner)->id(), "mid");
  EXPECT_FALSE(inherited_from(snapshot, snapshot.at(2), InheritedField::kSegments).has_value());
  EXPECT_FALSE(inherited_from(snapshot, snapshot.at(0), InheritedField::kTier).has_value());
}

}  // namespace
}  // namespace abm::generation
