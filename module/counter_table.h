// Each counter's names and help, once: for the status as JSON and for Prometheus.
#pragma once

#include <string_view>

#include "module/counters.h"

namespace abm::module {

struct CounterEntry {
  std::string_view group;  ///< the JSON object that holds it; "": the outermost one
  std::string_view key;    ///< in that object
  std::string_view metric;
  std::string_view label;  ///< `state="applied"`; "": the metric has none
  std::string_view help;   ///< of the metric; the same in all entries that share it
  Counter Counters::*value;
};

inline constexpr std::string_view kSlotHelp = "Slot edits of identified visits, by what became of them.";

inline constexpr std::string_view kBeaconHelp =
    "Beacons about what was seen: of identified visitors, of others, or refused.";

inline constexpr std::string_view kLinkHelp =
    "Pages asked for by visitors who had a link's token and had not opted out, by whether it was valid.";
inline constexpr std::string_view kCookieHelp = "Cookies of abm_remember: set, or deleted.";

inline constexpr std::string_view kRecallHelp = "Personalized pages, by how much was told from memory.";
inline constexpr std::string_view kGzipAnswersHelp =
    "Compressed answers told from memory: spliced of what was compressed before, or left to nginx, since pieces "
    "would be larger.";
inline constexpr std::string_view kGzipBytesHelp =
    "Bytes of spliced answers, before compression: reused, or deflated for the answer.";
inline constexpr std::string_view kLessonsHelp =
    "Pages looked at to be remembered: learned, found to change in some places only, or refused.";

/// In the order of both outputs. Entries of one group, and of one metric, stand together.
inline constexpr CounterEntry kCounterTable[] = {
    {"", "requests", "abm_requests_total", "", "Main requests to locations with abm on.",
     &Counters::requests},
    {"", "proxy_addresses", "abm_proxy_addresses_total", "",
     "Requests whose visitor is a proxy with a private address that realip does not replace.",
     &Counters::proxy_addresses},
    {"", "identified", "abm_identified_total", "", "Identified visits: personalized plus original.",
     &Counters::identified},
    {"", "personalized", "abm_personalized_total", "", "Identified visits that got a personalized page.",
     &Counters::personalized},
    {"slots", "applied", "abm_slot_edits_total", "state=\"applied\"", kSlotHelp, &Counters::slots_applied},
    {"slots", "missing", "abm_slot_edits_total", "state=\"missing\"", kSlotHelp, &Counters::slots_missing},
    {"slots", "skipped", "abm_slot_edits_total", "state=\"skipped\"", kSlotHelp, &Counters::slots_skipped},
    {"visits", "built", "abm_visit_lines_total", "", "Visit lines built.", &Counters::visits_built},
    {"visits", "cut", "abm_visit_lines_cut_total", "", "Visit lines that lost something to their limit.",
     &Counters::visits_cut},
    {"beacons", "logged", "abm_beacons_total", "result=\"logged\"", kBeaconHelp, &Counters::beacons_logged},
    {"beacons", "ignored", "abm_beacons_total", "result=\"ignored\"", kBeaconHelp,
     &Counters::beacons_ignored},
    {"beacons", "refused", "abm_beacons_total", "result=\"refused\"", kBeaconHelp,
     &Counters::beacons_refused},
    {"", "opted_out", "abm_opted_out_total", "", "Requests that opted out.", &Counters::opted_out},
    {"", "previews", "abm_previews_total", "", "Answers to valid preview links.", &Counters::previews},
    {"links", "valid", "abm_links_total", "result=\"valid\"", kLinkHelp, &Counters::links_valid},
    {"links", "refused", "abm_links_total", "result=\"refused\"", kLinkHelp, &Counters::links_refused},
    {"cookies", "set", "abm_cookies_total", "what=\"set\"", kCookieHelp, &Counters::remembered},
    {"cookies", "deleted", "abm_cookies_total", "what=\"deleted\"", kCookieHelp, &Counters::forgotten},
    {"", "not_modified", "abm_not_modified_total", "", "Answers 304 to a personalized page's own validator.",
     &Counters::not_modified},
    {"", "decoded", "abm_decoded_total", "", "Upstream bodies that were decoded.", &Counters::decoded},
    {"", "decode_failed", "abm_decode_failed_total", "",
     "Upstream bodies that were damaged or out of bounds.", &Counters::decode_failed},
    {"", "exceptions", "abm_exceptions_total", "", "Exceptions stopped at the fence.", &Counters::exceptions},
    {"", "out_of_memory", "abm_out_of_memory_total", "",
     "Pages that stayed original, or ended, for lack of memory.", &Counters::out_of_memory},
    {"recall", "whole", "abm_recalled_total", "recall=\"whole\"", kRecallHelp, &Counters::recalled_whole},
    {"recall", "part", "abm_recalled_total", "recall=\"part\"", kRecallHelp, &Counters::recalled_part},
    {"recall", "scan", "abm_recalled_total", "recall=\"scan\"", kRecallHelp, &Counters::recalled_not},
    {"gzip", "spliced", "abm_gzip_answers_total", "how=\"spliced\"", kGzipAnswersHelp,
     &Counters::gzip_spliced},
    {"gzip", "larger", "abm_gzip_answers_total", "how=\"larger\"", kGzipAnswersHelp, &Counters::gzip_larger},
    {"gzip", "reused_bytes", "abm_gzip_bytes_total", "how=\"reused\"", kGzipBytesHelp,
     &Counters::gzip_reused_bytes},
    {"gzip", "deflated_bytes", "abm_gzip_bytes_total", "how=\"deflated\"", kGzipBytesHelp,
     &Counters::gzip_deflated_bytes},
    {"lessons", "learned", "abm_page_lessons_total", "result=\"learned\"", kLessonsHelp,
     &Counters::pages_learned},
    {"lessons", "changing", "abm_page_lessons_total", "result=\"changing\"", kLessonsHelp,
     &Counters::pages_changing},
    {"lessons", "refused", "abm_page_lessons_total", "result=\"refused\"", kLessonsHelp,
     &Counters::pages_refused},
    {"", "adoptions", "abm_adoptions_total", "", "Generations taken over, all workers.",
     &Counters::adoptions},
    {"", "faults", "abm_faults_total", "", "Generations refused, all workers.", &Counters::faults},
};

/// Counters::original, by Skip from `kExcluded` on.
inline constexpr std::string_view kOriginalMetric = "abm_original_total";
inline constexpr std::string_view kOriginalHelp = "Identified visits that got the original page, by reason.";

}  // namespace abm::module
