#include "sql/dialect.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::sql {
namespace {

TEST(Dialect, ColumnsTypesAreTranslatedAndNothingElse) {
    EXPECT_EQ(to_postgres("create table if not exists t(text text, n integer not null, integer integer, k bigint)"),
              "create table if not exists t(text text collate \"C\", n bigint not null, integer bigint, k bigint)");
    EXPECT_EQ(to_postgres("-- a text, an integer\ncreate table t (\n  a text, -- integer text\n  b integer check (b in (1, 2)),\n"
                          "  c text not null default ', d text', primary key (a, b))"),
              "-- a text, an integer\ncreate table t (\n  a text collate \"C\", -- integer text\n  b bigint check (b in (1, 2)),\n"
              "  c text collate \"C\" not null default ', d text', primary key (a, b))");
    EXPECT_EQ(to_postgres("create index i on t (text, integer); insert into t(a, text) values(1, integer)"),
              "create index i on t (text, integer); insert into t(a, text) values(1, integer)");
    EXPECT_EQ(to_postgres("create index a on t(b); CREATE TABLE u(b TEXT)"),
              "create index a on t(b); CREATE TABLE u(b text collate \"C\")");
    EXPECT_EQ(to_postgres("create table t(\"user\" text, \"a \"\" b\" integer)"),
              "create table t(\"user\" text collate \"C\", \"a \"\" b\" bigint)");
}

TEST(Dialect, WhereSqliteKeepsItsRowsIsNotSaid) {
    EXPECT_EQ(to_postgres("create table t (a text, primary key (a)) without rowid; create table rowid(without integer)"),
              "create table t (a text collate \"C\", primary key (a))  ; create table rowid(without bigint)");
    EXPECT_EQ(to_postgres("select without, rowid from t"), "select without, rowid from t");
}

TEST(Dialect, ATransactionBeginsWithoutSqlitesWord) {
    EXPECT_EQ(to_postgres("begin immediate"), "begin ");
    EXPECT_EQ(to_postgres("savepoint immediate"), "savepoint immediate");
    EXPECT_EQ(to_postgres("commit"), "commit");
}

TEST(Dialect, PlaceholdersAreCountedOutsideOfTextsAndComments) {
    EXPECT_EQ(placeholders("select $2, $1, $2").value(), 2U);
    EXPECT_EQ(placeholders("select '$3', \"$4\", 'it''s $5' -- $6\n, $1 /* $7 */").value(), 1U);
    EXPECT_EQ(placeholders("select 1").value(), 0U);
    EXPECT_NE(placeholders("select $1, $3").error().message.find("$2"), std::string::npos);
    EXPECT_FALSE(placeholders("select $0"));
    EXPECT_FALSE(placeholders("select $99999999999999999999"));
}

TEST(Dialect, WhatAnswersRowsIsKnown) {
    EXPECT_TRUE(answers_rows("select 1"));
    EXPECT_TRUE(answers_rows("  with a as (select 1) select * from a"));
    EXPECT_TRUE(answers_rows("-- first\nSELECT 1"));
    EXPECT_TRUE(answers_rows("insert into t values(1) RETURNING id"));
    EXPECT_FALSE(answers_rows("insert into t values('returning')"));
    EXPECT_FALSE(answers_rows("update t set a = 1"));
    EXPECT_FALSE(answers_rows("delete from t"));
    EXPECT_TRUE(answers_rows(""));
}

TEST(Dialect, AnyBytesComeBackAsTheyWereAndAreTextThatPostgresqlTakes) {
    const auto is_plain = [](std::string_view text) { EXPECT_EQ(to_stored(text), text); };
    is_plain("마포구 'x' \"y\" \\ é 😀 \x7f\n");
    is_plain("");
    std::mt19937 random(5);  // A fixed seed.
    const std::string_view pieces[] = {std::string_view("\0", 1), "\xEE\x80\x80", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80",
                                       "\xE0\x80\x80", "\xFF", "\xEE", "\x80", "a", "가", "41", "\xF0\x9F\x98\x80"};
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (auto count = random() % 8; count > 0; --count) text += pieces[random() % std::size(pieces)];
        const auto stored = to_stored(text);
        EXPECT_EQ(from_stored(stored), text) << round;
        EXPECT_EQ(stored.find('\0'), std::string::npos);
        // What is stored holds the escape as its only strange letter, so storing it again changes that alone.
        EXPECT_EQ(from_stored(to_stored(stored)), stored);
    }
    EXPECT_EQ(from_stored("\xEE\x80\x80zz"), "\xEE\x80\x80zz") << "somebody else's";
}

}  // namespace
}  // namespace bongsu::sql
