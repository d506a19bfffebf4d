// A saved page of the site that rules are checked against, and what was found on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/framework/fate.h"

namespace abm::rules {

struct SamplePage {
  std::string name;  ///< what messages call it: its file
  std::string host;  ///< lower case; "": its address was given without one
  std::string path;  ///< like $uri
  std::string html;
};

/// An edit of some rule that may apply on the page.
struct EditOnPage {
  std::string rule;
  std::string does;              ///< "text", "html and attributes" …
  rewrite::Judgement judgement;  ///< of the edit by itself
  std::string goes_with;         ///< the slot whose edit is at risk and takes this one along; "": none does
  bool by_script = false;        ///< abm.js makes it
};

struct SlotOnPage {
  std::string slot;
  uint32_t elements = 0;          ///< that its selector matches
  uint32_t hydrated = 0;          ///< those among them that the page's framework hydrates
  std::vector<EditOnPage> edits;  ///< one for each kind of edit, of the first rule that makes it; none on a
                                  ///< page without the slot
};

struct PageReview {
  std::string page;  ///< SamplePage::name
  std::string path;
  rewrite::Framework framework = rewrite::Framework::kNone;
  std::string_view evidence;      ///< a literal; "" for kNone
  std::vector<SlotOnPage> slots;  ///< those of rules that may apply there
};

}  // namespace abm::rules
