#include "onvif/xml.hpp"

#include <gtest/gtest.h>

namespace bongsu::onvif::xml {
namespace {

Error error_of(std::string_view bytes) {
    const auto got = Document::parse(bytes);
    return got ? Error{ErrorKind::cancelled, "it was read", Where::here()} : got.error();
}

TEST(Xml, KnowsNamespacesByUriAndNotByPrefix) {
    const auto document = Document::parse(
        "<?xml version='1.0'?><!-- x --><x:a xmlns:x='urn:one' xmlns='urn:two'><b k='1'>t</b><x:b xmlns:x='urn:three'/></x:a>").value();
    const auto root = document.root();
    EXPECT_EQ(root.ns(), "urn:one");
    EXPECT_EQ(root.child("urn:two", "b").text(), "t");
    EXPECT_EQ(root.child("urn:two", "b").attribute("k"), "1");
    EXPECT_TRUE(root.child("urn:three", "b"));
    EXPECT_FALSE(root.child("urn:one", "b"));
    EXPECT_FALSE(root.child("urn:one", "b").child("urn:one", "c"));  // Of nothing there is nothing.
}

TEST(Xml, TakesAPrefixThatNobodyDeclaredByItsName) {
    const auto document = Document::parse("<a xmlns='urn:one'><y:b>t</y:b></a>").value();
    EXPECT_EQ(document.root().child("urn:any", "b").text(), "t");
}

TEST(Xml, JoinsTextAndCdataAndReadsThePredefinedEntities) {
    const auto document = Document::parse("\xEF\xBB\xBF \r\n<a>  x &amp; <![CDATA[<y>]]> &#x41;&#66;<!-- c -->&quot; </a>\n\ntrailing").value();
    EXPECT_EQ(document.root().text(), "x & <y> AB\"");
}

TEST(Xml, RefusesADoctypeBeforeItIsRead) {
    const auto error = error_of("<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a>&b;</a>");
    EXPECT_EQ(error.kind, ErrorKind::invalid);
    EXPECT_EQ(error.message, "XML, line 2, byte 1: a DOCTYPE or a declaration, which no message has");
    EXPECT_EQ(error_of("<a><!ELEMENT b ANY></a>").kind, ErrorKind::invalid);
}

TEST(Xml, RefusesEntitiesThatAreNotPredefined) {
    EXPECT_EQ(error_of("<a>&lol;</a>").message, "XML, line 1, byte 4: an entity that is none of the five predefined");
    EXPECT_EQ(error_of("<a b='&lol;'/>").kind, ErrorKind::invalid);
    EXPECT_EQ(error_of("<a>&#0;</a>").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("<a>&#xD800;</a>").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("<a>&#99999999999;</a>").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("<a>& b</a>").kind, ErrorKind::corrupt);
}

TEST(Xml, EndsWhereItsBoundsAre) {
    const auto nested = [](std::size_t depth) {
        std::string out;
        for (std::size_t i = 0; i < depth; ++i) out += "<a>";
        for (std::size_t i = 0; i < depth; ++i) out += "</a>";
        return out;
    };
    EXPECT_TRUE(Document::parse(nested(64)));
    EXPECT_EQ(error_of(nested(65)).message, "XML, line 1, byte 196: nested deeper than 64");
    const auto many = [](std::size_t count) {
        std::string out = "<a>";
        for (std::size_t i = 0; i < count; ++i) out += "<b/>";
        return out + "</a>";
    };
    EXPECT_TRUE(Document::parse(many(19'999)));
    EXPECT_EQ(error_of(many(20'000)).kind, ErrorKind::exhausted);
    EXPECT_EQ(error_of("<a>" + std::string(kBytesMax, ' ') + "</a>").kind, ErrorKind::exhausted);
    std::string wide = "<a";
    for (int i = 0; i < 65; ++i) wide += " b" + std::to_string(i) + "='1'";
    EXPECT_EQ(error_of(wide + "/>").kind, ErrorKind::exhausted);
    // 63 elements with 60 declarations each: quadratic to look names up in.
    std::string bound;
    for (int i = 0; i < 63; ++i) {
        bound += "<a";
        for (int k = 0; k < 60; ++k) bound += " xmlns:p" + std::to_string(i * 60 + k) + "='u'";
        bound += ">";
    }
    for (int i = 0; i < 63; ++i) bound += "</a>";
    EXPECT_EQ(error_of(bound).kind, ErrorKind::exhausted);
}

TEST(Xml, NamesTheLineOfWhatIsBroken) {
    EXPECT_EQ(error_of("").message, "XML, line 1, byte 1: there is no element");
    EXPECT_EQ(error_of("hello").message, "XML, line 1, byte 1: text outside of the root");
    EXPECT_EQ(error_of("<a>\n<b>").message, "XML, line 2, byte 4: it ends within the root");
    EXPECT_EQ(error_of("<a b=c/>").message, "XML, line 1, byte 6: an attribute's value without quotes");
    EXPECT_EQ(error_of("</a>").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("<a></b>").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("<a><![CDATA[").kind, ErrorKind::corrupt);
    EXPECT_EQ(error_of("\xFF\xFE<\0a\0/\0>").kind, ErrorKind::corrupt);
}

TEST(Xml, MakesWrongBytesVisible) {
    const auto document = Document::parse(std::string_view("<a>\xB0\xA1 \x01\0</a>", 12)).value();
    EXPECT_EQ(document.root().text(), "\xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Xml, WritesWhatItReadsBack) {
    const std::string hostile = "a<b>&\"'\r\n\t]]> \xF0\x9F\x98\x80 봉수";
    const auto text = Writer().open("p:a").attribute("xmlns:p", "urn:one").attribute("k", hostile).open("p:b").text(hostile).close().open("c").take();
    const auto document = Document::parse(text).value();
    EXPECT_EQ(document.root().attribute("k"), hostile);
    EXPECT_EQ(document.root().child("urn:one", "b").text(), hostile);
    EXPECT_TRUE(document.root().child("", "c"));
    EXPECT_EQ(escape("\x01"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace bongsu::onvif::xml
