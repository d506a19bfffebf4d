// Quirks mode from doctypes: what document.compatMode of Chromium 156 says of each (2026).
#include "rewrite/scan/doctype.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace abm::rewrite {
namespace {

/// What stands after the public identifier.
constexpr std::string_view kRests[] = {"",
                                       "\"\"",
                                       " \"\"",
                                       " \"x\"",
                                       "''",
                                       " \"http://www.w3.org/TR/html4/loose.dtd\"",
                                       " \"http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd\"",
                                       " \"HTTP://WWW.IBM.COM/DATA/DTD/V11/IBMXHTML1-TRANSITIONAL.DTD\"",
                                       " \"",
                                       " '",
                                       " x",
                                       "x",
                                       " \" \"",
                                       " \"x\" y",
                                       " \"x\"y",
                                       " \"x",
                                       "'x'",
                                       " \n\"x\"\n",
                                       " \"\" x"};

struct PublicIdentifier {
  std::string_view id;
  std::string_view modes;  ///< for each of kRests: q(uirks) or s(tandards; limited quirks is that to us)
};
constexpr PublicIdentifier kPublicIdentifiers[] = {
    {"-//W3C//DTD HTML 4.01 Frameset//EN", "qqqsqsqqqqqqsssqssq"},
    {"-//W3C//DTD HTML 4.01 Transitional//EN", "qqqsqsqqqqqqsssqssq"},
    {"-//W3C//DTD XHTML 1.0 Transitional//EN", "ssssssqqqqqqsssqsss"},
    {"-//W3C//DTD XHTML 1.0 Frameset//EN", "ssssssqqqqqqsssqsss"},
    {"-//W3C//DTD HTML 4.01//EN", "ssssssqqqqqqsssqsss"},
    {"html", "qqqqqqqqqqqqqqqqqqq"},
    {"HTML", "qqqqqqqqqqqqqqqqqqq"},
    {"html ", "ssssssqqqqqqsssqsss"},
    {"-//W3O//DTD W3 HTML Strict 3.0//EN//", "qqqqqqqqqqqqqqqqqqq"},
    {"-//W3O//DTD W3 HTML Strict 3.0//EN//x", "ssssssqqqqqqsssqsss"},
    {"-/W3C/DTD HTML 4.0 Transitional/EN", "qqqqqqqqqqqqqqqqqqq"},
    {"", "ssssssqqqqqqsssqsss"},
    {"-//W3C//DTD HTML 4.01 Frameset//", "qqqsqsqqqqqqsssqssq"},
    {"-//w3c//dtd html 4.01 frameset", "ssssssqqqqqqsssqsss"},
    {"-//W3C//DTD HTML 4.01 TRANSITIONAL//x", "qqqsqsqqqqqqsssqssq"},
};

TEST(Doctype, PublicIdentifiersMeanQuirksAsInTheBrowser) {
  for (const PublicIdentifier& one : kPublicIdentifiers) {
    ASSERT_EQ(one.modes.size(), std::size(kRests));
    for (size_t i = 0; i < std::size(kRests); ++i) {
      const std::string text = fmt::format(" html PUBLIC \"{}\"{}", one.id, kRests[i]);
      EXPECT_EQ(is_quirks_doctype(text), one.modes[i] == 'q') << text;
    }
  }
}

TEST(Doctype, OldPublicIdentifiersMeanQuirksWhateverFollowsTheirPrefix) {
  // The prefixes of HTML 13.2.6.4.1.
  for (const std::string_view prefix :
       {"+//silmaril//dtd html pro v0r11 19970101//", "-//ietf//dtd html 2.0 level 2//",
        "-//ietf//dtd html 2.0//", "-//ietf//dtd html 3.2//", "-//ietf//dtd html level 2//",
        "-//ietf//dtd html strict level 2//", "-//metrius//dtd metrius presentational//",
        "-//microsoft//dtd internet explorer 3.0 html strict//", "-//netscape comm. corp.//dtd strict html//",
        "-//sq//dtd html 2.0 hotmetal + extensions//", "-//sun microsystems corp.//dtd hotjava html//",
        "-//w3c//dtd html 3.2 final//", "-//w3c//dtd html 4.0 transitional//", "-//w3o//dtd w3 html 3.0//"}) {
    EXPECT_TRUE(is_quirks_doctype(fmt::format(" html PUBLIC \"{}EN\" \"x\"", prefix))) << prefix;
    EXPECT_TRUE(is_quirks_doctype(fmt::format(" html PUBLIC \"{}\"", prefix))) << prefix;
    EXPECT_FALSE(
        is_quirks_doctype(fmt::format(" html PUBLIC \"{}\" \"x\"", prefix.substr(0, prefix.size() - 1))))
        << prefix;
  }
}

TEST(Doctype, EverythingElseIsReadAsTheTokenizerReadsIt) {
  const std::pair<std::string_view, bool> cases[] = {
      {"", true},
      {" ", true},
      {" html", false},
      {"html", false},
      {" HTML", false},
      {"  hTmL ", false},
      {" htm", true},
      {" html4", true},
      {" xhtml", true},
      {" html x", true},
      {" html PUBLIC", true},
      {" html PUBLIC ", true},
      {" html public\"\"", false},
      {" html PUBLIC''", false},
      {" html PUBLIC x", true},
      {" html PUBLIC\"", true},
      {" html SYSTEM", true},
      {" html SYSTEM \"\"", false},
      {" html SYSTEM\"about:legacy-compat\"", false},
      {" html SYSTEM 'about:legacy-compat' x", false},
      {" html SYSTEM \"about:legacy-compat", true},
      {" html SYSTEM x", true},
      {" html SYSTEM \"http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd\"", true},
      {" html SYSTEM \"http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd\" x", true},
      {" html SYSTEM \"http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd \"", false},
      {" html SYSTEMS \"x\"", true},
      {" html PUBLICS \"x\"", true},
      {" html SYS", true},
      {" html PUBLIC \"a\" \"b\" \"c\"", false},
      {" html \"a\"", true},
      {" html[]", true},
      {" <html", true},
      {" html/", true},
      {std::string_view("\0html", 5), true},
      {std::string_view(" html\0", 6), true},
      {std::string_view(" html PUBLIC \"-//W3C//DTD HTML 3.2\0//\" \"\"", 41), false},
      {" html PUBLIC \"-//W3C//DTD HTML 3.2// \"", true},
      {" html PUBLIC \" -//W3C//DTD HTML 3.2//\"", false},
      {" html \fPUBLIC\f\"-//W3C//DTD HTML 3.2//\"", true},
      {" html\tPUBLIC\r\n\"-//W3C//DTD HTML 3.2//EN\"", true},
      {" html PUBLIC\"-//W3C//DTD HTML 3.2//EN\"", true},
      {" html SYSTEM\"x\"PUBLIC\"html\"", false},
      {" html PUBLIC \"html", true},
      {" html SYSTEM 'x\"'", false},
  };
  for (const auto& [text, quirks] : cases) EXPECT_EQ(is_quirks_doctype(text), quirks) << text;
}

}  // namespace
}  // namespace abm::rewrite
