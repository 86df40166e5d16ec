// Addresses in partners' messages: what leads inside is said, whatever the item is called and however much else is odd.
#include "centre.hpp"

#include "event/attachment.hpp"
#include "event/profile.hpp"

namespace bongsu::faults {
namespace {

class Attachments : public Centre {};

TEST_F(Attachments, AnAttachmentsAddressThatLeadsInside) {
    int number = 0;
    for (const auto* inside : {"http://127.0.0.1:8300/api/v1/journal", "http://169.254.169.254/latest/meta-data", "http://[::1]/a",
                               "http://[::ffff:10.0.0.1]/a", "http://localhost/a", "https://192.168.0.7/a.jpg"}) {
        auto event = call("a" + std::to_string(number++));
        event.items = {{"IMAGE_URL", inside}};
        ASSERT_TRUE(send(event)) << inside;
        EXPECT_TRUE(has_fault(incident(event.number), "internalAddress:IMAGE_URL")) << inside;
    }
    for (const auto* odd : {"ftp://10.0.0.1/a.jpg", "http://2130706433/", "http://0x7f.1/", "file:///etc/passwd", "http://user@example.org/"}) {
        auto event = call("a" + std::to_string(number++));
        event.items = {{"IMAGE_URL", odd}};
        ASSERT_TRUE(send(event)) << odd;
        EXPECT_TRUE(has_fault(incident(event.number), "attachmentAddress:IMAGE_URL")) << odd;
    }
    for (const auto* name : {"IMAGE", "imgUrl", "image_url", "IMAGE_URL_2", "PHOTO", "NOTE"}) {
        auto event = call("a" + std::to_string(number++));
        event.items = {{name, "HTTP://169.254.169.254/latest"}};
        ASSERT_TRUE(send(event)) << name;
        EXPECT_TRUE(has_fault(incident(event.number), std::string("internalAddress:") + name)) << name;
    }
    auto several = call("a" + std::to_string(number++));
    several.items = {{"NOTE", "사진 https://images.example.org/a.jpg, (http://10.0.0.1/b)"}};
    ASSERT_TRUE(send(several));
    EXPECT_TRUE(has_fault(incident(several.number), "internalAddress:NOTE")) << "the second of two";
    auto right = call("a" + std::to_string(number));
    right.items = {{"IMAGE_URL", "https://images.example.org/a.jpg"}, {"IMAGE_SEND_TY_CD", "FTP"}, {"imgUrl2", ""}, {"NOTE", "a://, 1 : //"}};
    ASSERT_TRUE(send(right));
    EXPECT_TRUE(has_fault(incident(right.number), "attachmentAddress:NOTE"));
    EXPECT_EQ(incident(right.number).at("faults").as_array().size(), 1U);
}

TEST(Attachment, ThePictureOfAMissingPersonThatLeadsInside) {
    event::Event event;
    event.items = {{"IMAGE", "http://169.254.169.254/"}};
    event.faults.assign(event::kNotesMax, "itemShape");
    event::bound_clock(event, event.state_time - 1h, 10s);

    event::note_attachments(event);

    EXPECT_EQ(event.faults.back(), "internalAddress:IMAGE") << "oddities leave it a place";
    event.faults.clear();
    event.items = {{"IMAGE", "169.254.169.254/latest"}};
    event::note_attachments(event);
    EXPECT_EQ(event.faults, std::vector<std::string>{"attachmentAddress:IMAGE"});
    event.faults.clear();
    for (std::size_t i = 0; i < event::kItemsMax; ++i) event.items["a" + std::to_string(i)] = "ftp://a";
    event.items["z"] = "http://[::1]/";
    event::note_attachments(event);
    EXPECT_EQ(event.faults.front(), "internalAddress:z") << "no crowd of odd ones hides it";
    EXPECT_EQ(event.faults.size(), event::kFaultsMax - event::kSecretFaultsMax);
}

}  // namespace
}  // namespace bongsu::faults
