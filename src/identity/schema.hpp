#pragma once
// identity.db. Personal data: never in the journal, never in a fold.

namespace bongsu::identity {

constexpr const char* kSchema = R"sql(
create table if not exists account(
  user text primary key,          -- ULID; the only part that the journal knows
  login text not null unique,
  name_ko text not null, name_en text not null,
  role text not null, site text not null, agency text not null,
  password text not null,         -- argon2id, PHC string
  api_key text unique,            -- sha256 hex of an agency's key, or null
  send_cd text not null, rcv_cd text not null,
  created integer not null,       -- microseconds UTC, as all times here
  disabled integer);              -- since when, or null
create table if not exists session(
  token text primary key,         -- sha256 hex
  user text not null, expires integer not null, created integer not null,
  last_seen integer not null, remote text not null);
create index if not exists session_by_user on session(user, created);
-- Where an account has logged in from: a stranger's failures do not close its door there.
create table if not exists login_address(
  user text not null, address text not null, last integer not null, primary key(user, address));
-- Sessions that ended before their time, for as long as their tokens may still come.
create table if not exists session_ended(
  n integer primary key, token text not null unique, code text not null, expires integer not null);
create table if not exists partner_session(
  key text primary key,           -- sha256 hex
  user text not null,             -- of the account, or "partner:<profile> <sha256 hex of its key>" of an agreement
  profile text not null, expires integer not null, created integer not null);
create index if not exists partner_session_by_user on partner_session(user, created);
)sql";

}  // namespace bongsu::identity
