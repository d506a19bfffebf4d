#include "measure/store/listed_arms.h"

namespace abm::measure {

Result<void> set_listed_arms(Database& database, const std::vector<ListedArm>& arms) {
  if (auto begun = database.execute(
          "BEGIN; DROP TABLE IF EXISTS temp.listed_arm;"
          "CREATE TEMP TABLE listed_arm (account TEXT PRIMARY KEY, arm TEXT NOT NULL, unit TEXT NOT NULL) STRICT, "
          "WITHOUT ROWID");
      !begun)
    return begun;
  auto insert = database.prepare("INSERT INTO listed_arm VALUES (?1, ?2, ?3)");
  if (!insert) return insert.error();
  for (const ListedArm& arm : arms) {
    insert->bind_text(1, arm.account);
    insert->bind_text(2, arm.control ? "control" : "treated");
    insert->bind_text(3, arm.unit);
    if (auto done = insert->run(); !done) return done;
  }
  return database.execute("COMMIT");
}

}  // namespace abm::measure
