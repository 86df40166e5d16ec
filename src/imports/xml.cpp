#include "imports/xml.hpp"

#include <expat.h>

#include <optional>

#include "imports/xlsx.hpp"

namespace bongsu::imports {

namespace {

std::string_view local(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Expat final : public Xml {
  public:
    explicit Expat(XmlEvents events) : events_(std::move(events)), parser_(XML_ParserCreate(nullptr)) {
        BONGSU_CHECK(parser_ != nullptr);
        XML_SetUserData(parser_, this);
        XML_SetElementHandler(parser_, &Expat::on_begin, &Expat::on_end);
        XML_SetCharacterDataHandler(parser_, &Expat::on_text);
        XML_SetStartDoctypeDeclHandler(parser_, &Expat::on_doctype);
    }
    ~Expat() override { XML_ParserFree(parser_); }
    Expat(const Expat&) = delete;
    Expat& operator=(const Expat&) = delete;

    Result<void> feed(std::string_view bytes) override { return parse(bytes, false); }
    Result<void> finish() override { return parse({}, true); }

  private:
    Result<void> parse(std::string_view bytes, bool last) {
        const auto status = XML_Parse(parser_, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
        if (error_) return tl::unexpected(*error_);
        if (status != XML_STATUS_OK) {
            return fail(ErrorKind::corrupt, std::string("the workbook's XML is broken: ") +
                                                XML_ErrorString(XML_GetErrorCode(parser_)));
        }
        return {};
    }

    void take(const Result<void>& done) {
        if (done || error_) return;
        error_ = done.error();
        XML_StopParser(parser_, XML_FALSE);
    }

    static void on_begin(void* self, const XML_Char* name, const XML_Char** pairs) {
        auto& me = *static_cast<Expat*>(self);
        if (me.error_) return;
        if (++me.depth_ > kXmlDepthMax)
            return me.take(fail(ErrorKind::exhausted, "the workbook's XML is nested too deeply"));
        me.attributes_.clear();
        for (; *pairs != nullptr; pairs += 2) me.attributes_.push_back({local(pairs[0]), pairs[1]});
        if (me.events_.begin) me.take(me.events_.begin(local(name), me.attributes_));
    }
    static void on_end(void* self, const XML_Char* name) {
        auto& me = *static_cast<Expat*>(self);
        --me.depth_;
        if (!me.error_ && me.events_.end) me.take(me.events_.end(local(name)));
    }
    static void on_text(void* self, const XML_Char* text, int size) {
        auto& me = *static_cast<Expat*>(self);
        if (!me.error_ && me.events_.text) me.take(me.events_.text({text, static_cast<std::size_t>(size)}));
    }
    static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        static_cast<Expat*>(self)->take(
            fail(ErrorKind::invalid, "the workbook's XML has a DOCTYPE, which no workbook has"));
    }

    XmlEvents events_;
    XML_Parser parser_;
    std::optional<Error> error_;
    std::vector<Attribute> attributes_;
    std::size_t depth_ = 0;
};

}  // namespace

std::unique_ptr<Xml> Xml::make(XmlEvents events) { return std::make_unique<Expat>(std::move(events)); }

std::string_view attribute(const std::vector<Attribute>& attributes, std::string_view name) {
    for (const auto& item : attributes) {
        if (item.name == name) return item.value;
    }
    return {};
}

}  // namespace bongsu::imports
