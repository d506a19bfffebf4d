// The form of an account's id and of its pages, shared by the feed, the snapshot and anything that makes
// either.
#include "accounts/account.h"

#include <algorithm>
#include <tuple>

namespace abm::accounts {

bool is_account_id(std::string_view text) noexcept {
  const auto letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxIdBytes && letter_or_digit(text[0]) &&
         std::all_of(text.begin() + 1, text.end(),
                     [&](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_page_path(std::string_view path) noexcept {
  return path.starts_with('/') && path.size() <= kMaxPageBytes && check_text(path) == TextFault::kNone;
}

bool is_later(const VisitedPage& a, const VisitedPage& b) noexcept {
  return std::tie(a.days, a.path) < std::tie(b.days, b.path);
}

size_t settle_pages(std::vector<VisitedPage>& pages) {
  std::erase_if(pages, [](const VisitedPage& page) { return page.days >= kPageDays; });
  std::sort(pages.begin(), pages.end(), [](const VisitedPage& a, const VisitedPage& b) {
    return std::tie(a.path, a.days) < std::tie(b.path, b.days);
  });
  const auto same_path = [](const VisitedPage& a, const VisitedPage& b) { return a.path == b.path; };
  pages.erase(std::unique(pages.begin(), pages.end(), same_path), pages.end());
  const size_t left_out =
      std::erase_if(pages, [](const VisitedPage& page) { return !is_page_path(page.path); });
  std::sort(pages.begin(), pages.end(), is_later);
  if (pages.size() > kMaxPages) pages.resize(kMaxPages);
  return left_out;
}

}  // namespace abm::accounts
