#!/usr/bin/env python3
"""Breaks the event river on purpose, one place at a time, and sees whether the simulation notices.

  tools/mutations.py [--seeds N] [--resume] [--minutes N] [--list] [NAME…]

Each mutation is a text that stands once in a file, and what it becomes. The tree is copied to build/mutations, built
there, and the simulation runs up to N seeds (60). A mutation that no seed finds, or that does not apply any more, fails.

  --resume     leaves out what build/mutations/ledger says was found with the same text; what was never tried comes first
  --minutes N  begins none after so many minutes: a piece of the campaign, and --resume goes on
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "mutations" / "tree"
# As far from its sources as the dev build is from its own: a compiler cache knows the objects.
BUILD = COPY / "build" / "dev"
LEDGER = ROOT / "build" / "mutations" / "ledger"

# name: (file, the text, what it becomes)
MUTATIONS = {
    "batch-not-synced": ("src/journal/sync.hpp", "if (!result_) result_ = file_->sync();", "if (!result_) result_ = Result<void>{};"),
    "failed-write-not-cut": ("src/journal/state.cpp",
        "        if (auto cut = file->truncate(size_before); !cut) return poison(std::move(cut).error());\n", "        (void)size_before;\n"),
    "failed-sync-trusted": ("src/journal/state.cpp",
        "    TRY_DO(write_last_batch_again(found.last_batch_at));\n", ""),
    "undo-leaves-entries": ("src/journal/book.cpp", "    journal_.discard_after(marked_seq_);\n", ""),
    "folds-stay-behind": ("src/journal/book.cpp",
        '        (void)db_.exec("rollback");\n        return fall_behind();\n', '        (void)db_.exec("rollback");\n        lost_ = true;\n'),
    "answered-though-lost": ("src/app/site/site.cpp",
        "    out = Outputs{};\n    fail_batch(batch, why, out);\n", ""),
    "look-forgotten": ("src/app/site/record_reads.cpp",
        "            for (auto& draft : look_drafts(reader, fresh)) TRY_DO(book_->append(std::move(draft)));\n", ""),
    "lost-look-remembered": ("src/app/site/record_reads.cpp", "    reads_.take_back();\n    writes_again_ = false;", "    writes_again_ = false;"),
    "links-go-on-after-a-lost-batch": ("src/app/site/site.cpp",
        "    // What peers said in it is lost.\n    out.links_begin_anew = true;\n", ""),
    "repeat-taken-for-news": ("src/event/intake.cpp",
        "    if (rows.empty()) return Judgement{};\n    return Judgement{Outcome::repeat, rows[0].integer(0)};",
        "    return Judgement{};"),
    "news-taken-for-a-repeat": ("src/event/intake.cpp",
        'and state = $2 and state_time = $3 "\n                 "and digest = $4",',
        'and state = $2 and $3 > 0 "\n                 "and $4 <> \'\'",'),
    "grants-outlive-a-sent-end": ("src/app/site/river.cpp",
        "    if (change.ended) TRY_DO(end_grants(change.incident, end_reason(now.state)));\n", ""),
    "grants-outlive-a-close": ("src/app/site/river.cpp",
        "        return end_grants(id, end_reason(now.state));\n    // ", "        return {};\n    // "),
    "urgent-opens-nothing": ("src/app/site/river.cpp",
        "        if (change.opened || change.real) TRY_DO(open_video(now, cameras, OpenedBy::event));\n", ""),
    "media-not-told-of-an-end": ("src/app/site/site.cpp",
        '        out.to_media.push_back(revoke_message(text("grant"), nullptr, text("reason")));\n', "        (void)out;\n"),
    "media-not-told-of-a-camera": ("src/app/site/site.cpp",
        '            out.to_media.push_back(revoke_message(text("grant"), *removed, "the camera left the grant"));\n', "            (void)out;\n"),
    "tickets-without-a-seat": ("src/app/site/handlers_desk.cpp",
        "if (const auto allowed = site.check_on_duty(*call.session); !allowed) return http::problem(allowed.error());", ""),
    "media-not-told-who-left": ("src/app/site/site.cpp",
        'entry.kind == "duty.clocked_out") seats_changed_ = true;', 'entry.kind == "duty.clocked_out") seats_changed_ = false;'),
    "full-state-without-who-left": ("src/app/site/media_link.cpp",
        'auto off_duty_now = off_duty().value_or(json::array{});', 'json::array off_duty_now;'),
    "tickets-under-ended-grants": ("src/grant/mint.cpp",
        '    TRY_DO(check_live(grant, now));\n    if (!grant.has(request.camera))', '    if (!grant.has(request.camera))'),
    "district-keeps-the-relay": ("src/app/site/bus_link.cpp",
        '        TRY_DO(federation::end(*book_, {text_field(message, "grant")}, text_field(message, "reason")));\n', ""),
    "district-keeps-what-is-not-listed": ("src/app/site/bus_link.cpp",
        '        TRY_DO(federation::keep_only(*book_, live, "the centre no longer lists the grant"));\n', ""),
    "orders-not-sent-again": ("src/app/site/bus_link.cpp",
        "        send_relay_orders(peer, out);\n", ""),
    "outbox-skips-one": ("src/federation/outbox.cpp",
        "        {site.value, static_cast<std::int64_t>(seq)}));\n    return {};",
        "        {site.value, static_cast<std::int64_t>(seq) + 1}));\n    return {};"),
    "outbox-newest-first": ("src/federation/outbox.cpp", "order by seq \"\n", "order by seq desc \"\n"),
    "outbox-not-sent-again": ("src/app/site/bus_link.cpp",
        "        send_outbox(peer, out);\n        send_checkpoints(peer, out);\n", "        send_checkpoints(peer, out);\n"),
    "copies-counted-twice": ("src/grant/views.cpp",
        "            is_recorded(book.db(), source.value, report.n, kind, report.view.value, to_us(report.at)));\n        if (recorded) return false;\n",
        "            is_recorded(book.db(), source.value, report.n, kind, report.view.value, to_us(report.at)));\n        (void)recorded;\n"),
    "spool-items-counted-twice": ("src/grant/views.cpp",
        "    if (recorded) return false;\n    auto payload = payload_of(report);", "    (void)recorded;\n    auto payload = payload_of(report);"),
    "spool-acknowledged-though-refused": ("src/app/site/media_link.cpp",
        '        LOG_ERROR("media.spool_refused", {{"why", done.error().message}});\n', '        out.to_media.push_back({{"t", "spool_ack"}, {"n", last}});\n'),
    "spool-goes-on-behind-a-gap": ("src/app/site/media_link.cpp", "|| spool_gap_) return;", ") return;"),
    "failed-bus-message-forgotten": ("src/app/site/bus_link.cpp",
        "    if (is_ours(done.error().kind)) out.links_begin_anew = true;\n", "    (void)is_ours(done.error().kind);\n"),
    "late-permission-kept": ("src/app/site/bus_link.cpp",
        "        if (known.state_at(env_.clock.wall()) != grant::GrantState::live) return {};\n", ""),
    "done-requests-forgotten": ("src/app/site/routes.cpp",
        "    auto kept = record_done(book, **key, call.session->user);\n", "    auto kept = Result<void>{};\n"),
    "half-a-message-kept": ("src/app/site/handlers_intake.cpp",
        "    response.status = 503;  // An answer of 200 would keep what was appended.\n", ""),
    "fold-remembers": ("src/federation/relay.cpp",
        "            for (const auto& camera : entry.payload.at(\"cameras\").as_array()) {\n",
        "            static thread_local unsigned calls = 0;\n            if (++calls % 3 == 0) return {};\n            for (const auto& camera : entry.payload.at(\"cameras\").as_array()) {\n"),
    "checkpoints-not-handed-on": ("src/app/site/bus_link.cpp", "kFurtherHolders = 2;", "kFurtherHolders = 0;"),
    "checkpoint-held-twice": ("src/federation/held.cpp", "    if (checkpoint.seq <= held) return false;\n", "    (void)held;\n"),
    "acknowledgements-lost-with-the-folds": ("src/app/site/site.cpp", "    if (book_->take_lost() || ", "    (void)book_->take_lost();\n    if ("),
    "erasure-forgets-a-folds-field": ("src/incident/fold.cpp", "place = '', body = '' \"\n", "place = '' \"\n"),
    "erasure-takes-a-neighbours-words": ("src/incident/fold.cpp", "\"where id = $1 and content_seq = $2\"", "\"where $1 <> '' and content_seq >= $2\""),
    "wipe-leaves-bytes": ("src/journal/wipe.cpp", "zeros(one.body_bytes)));\n    }\n    return sync_all();", "zeros(one.body_bytes - 1)));\n    }\n    return sync_all();"),
    "wipe-not-done-again": ("src/journal/wipe.cpp", "            if (is_open || !record.erased", "            (void)is_open;\n            if (!record.erased"),
    "told-of-an-erasure-whose-sync-failed": ("src/app/site/site.cpp",
        "    if (journal_->usable()) return;\n", "    out.failed = !journal_->usable();\n    if (!out.failed || out.failed) return;\n"),
    "erasure-of-an-open-incident": ("src/app/site/erasures.cpp",
        "    return incident::is_open(incident->state);\n", "    return incident->id.value.empty();\n"),
    "erasure-leaves-the-message": ("src/app/site/erasures.cpp",
        "        TRY_DO(gathered.add(entry.raw));\n        TRY_DO(gathered.add(entry.seq));\n", "        TRY_DO(gathered.add(entry.seq));\n"),
    "age-takes-the-young": ("src/app/site/erasures.cpp", "        if (entry.time >= *wanted.before) return false;", "        if (entry.time >= *wanted.before + 24h * 900) return false;"),
    "age-leaves-some": ("src/app/site/erasures.cpp", "        if (!ordered && !needed) selection", "        if (!ordered && !needed && entry.seq % 7 != 0) selection"),
    "age-takes-what-is-needed": ("src/app/site/erasures.cpp", "        if (!ordered && !needed) selection", "        if (!ordered && (needed || !needed)) selection"),
    "access-records-go-early": ("src/app/site/erasures.cpp", "kAccessKept = 24h * 731;", "kAccessKept = 24h * 0;"),
    "districts-do-not-erase": ("src/app/site/site.cpp", "    if (journal_->open_erasures().empty()) return;  // With", "    if (!is_centre() || journal_->open_erasures().empty()) return;  // With"),
    "told-before-it-is-on-record": ("src/app/site/site.cpp", "    out = Outputs{};\n    fail_batch(batch, why, out);\n",
        "        auto tries = std::move(out.tries);\n        out = Outputs{};\n        fail_batch(batch, committed.error(), out);\n        out.tries = std::move(tries);\n"),
    "told-newest-first": ("src/outbound/delivery.cpp", "and state = 'waiting' order by queue_seq limit 1", "and state = 'waiting' order by queue_seq desc limit 1"),
    "told-under-another-time": ("src/outbound/exchange.cpp", "      message_(std::move(message)),\n", "      message_([&] { message.state_time = now; return std::move(message); }()),\n"),
    "accepted-and-told-again": ("src/outbound/fold.cpp", 'return apply_end(db, entry, "delivered");', 'return apply_end(db, entry, "waiting");'),
    "refusal-taken-for-an-answer": ("src/app/site/outbound.cpp", "return outbound::record_failed(*book_, actor, id, outcome.words);\n            case outbound::Verdict::again:",
        "return outbound::record_delivered(*book_, actor, id, outcome.words);\n            case outbound::Verdict::again:"),
    "dead-letter-without-a-notice": ("src/app/site/publish.cpp", 'if (entry.kind == "outbound.failed" || entry.kind == "outbound.requeued") {', 'if (entry.kind == "outbound.requeued") {'),
    "act-without-its-message": ("src/app/site/outbound.cpp", "if (now.state == before || code.empty()) return {};", 'if (now.state == before || code.empty() || code == "40") return {};'),
    "drill-is-sent": ("src/outbound/fold.cpp", 'is_simulated ? "simulated" : "waiting"', 'is_simulated ? "waiting" : "waiting"'),
    "drill-not-known-as-one": ("src/app/site/outbound.cpp", "                        now.test));\n", "                        false));\n"),
    "drill's-log-is-silent": ("src/outbound/delivery.cpp", "delivery.state == State::simulated ? json::string(kSimulated) : json::string(delivery.why)", "json::string(delivery.why)"),
    "told-without-a-wait": ("src/outbound/schedule.cpp", "    known.not_before = now + wait_after(", "    known.not_before = now; (void)wait_after("),
    "told-after-twice-the-wait": ("src/outbound/schedule.cpp", "    known.not_before = now + wait_after(", "    known.not_before = now + 2 * wait_after("),
    "told-no-more-after-a-lost-batch": ("src/app/site/site.cpp", "    for (const auto& attempt : out.tries) schedule_.forget(attempt.partner);\n", ""),
    "told-no-more-after-a-start": ("src/app/site/intake.cpp", "        if (partner->send) may_wait_.insert(partner->key);\n", "        if (partner->send && partner->key.empty()) may_wait_.insert(partner->key);\n"),
    "half-an-end-ends-control": ("src/http/answer_reader.cpp", "    if (!parser.got_some())", "    if (false)"),
    "relays-wait-for-the-district's-clock": ("src/grant/mint.cpp", "    claims.from.reset();\n", ""),
}


def copy_tree():
    """Only what changed is written, so that the build stays warm."""
    for folder in ("src", "tests", "cmake", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if not path.is_file() or "node_modules" in path.parts:
                continue
            target = COPY / path.relative_to(ROOT)
            if target.exists() and target.read_bytes() == path.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for name in ("CMakeLists.txt", "CMakePresets.json", "docs/openapi.json"):
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, COPY / name)


def build():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev", "-DBONGSU_BATCH=1"], cwd=COPY, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(["ninja", "-C", BUILD, "simulation"], capture_output=True, text=True)
    return None if done.returncode == 0 else done.stdout[-3000:]


def first_seed_that_finds(seeds):
    """Most are found by the first ones: four seeds, then twice as many each time."""
    first, many = 1, 4
    while first <= seeds:
        last = min(seeds, first + many - 1)
        environment = dict(os.environ, BONGSU_SIM_SEEDS=f"{first}-{last}", BONGSU_SIM_SHRINK="off")
        done = subprocess.run([BUILD / "tests" / "simulation", "--gtest_filter=*Nothing*"], env=environment,
                              capture_output=True, text=True, timeout=3600)
        first, many = last + 1, 2 * many
        if done.returncode not in (0, 1):
            return f"up to {last} (it died: {done.returncode})", done.stderr.strip()[-200:]
        found = [int(seed) for seed in re.findall(r"seed (\d+) fails", done.stdout)]
        if found:
            seed = min(found)
            what = re.search(rf"seed {seed} fails.*?\n  (at .*)", done.stdout, re.S)
            return seed, what.group(1).splitlines()[0] if what else ""
    return None, ""


def text_of(name):
    return hashlib.sha256("\0".join(MUTATIONS[name]).encode()).hexdigest()[:16]


def tried_before():
    """Of the texts that stand here what the ledger says last: name -> whether it was found."""
    newest = {}
    if LEDGER.exists():
        for line in LEDGER.read_text().splitlines():
            name, text, verdict = line.split("\t", 2)
            newest[name] = (text, verdict)
    return {name: verdict.startswith("found") for name, (text, verdict) in newest.items()
            if name in MUTATIONS and text == text_of(name)}


def try_one(name, options):
    """Whether a seed finds it, and what to say."""
    file, text, becomes = MUTATIONS[name]
    path = COPY / file
    right = path.read_text()
    if right.count(text) != 1:
        return False, f"its text stands {right.count(text)} times in {file}"
    path.write_text(right.replace(text, becomes))
    try:
        if trouble := build():
            return False, "does not build: " + trouble
        seed, what = first_seed_that_finds(options.seeds)
    finally:
        path.write_text(right)
    if seed is None:
        return False, f"NOT FOUND in {options.seeds} seeds"
    return True, f"found by seed {seed}: {what}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(MUTATIONS))
        return 0
    unknown = set(options.names) - set(MUTATIONS)
    if unknown:
        parser.error("there is no mutation " + ", ".join(sorted(unknown)))
    COPY.mkdir(parents=True, exist_ok=True)
    copy_tree()
    before = tried_before() if options.resume else {}
    chosen = options.names or list(MUTATIONS)
    failed, began = [], time.monotonic()
    left = sorted((name for name in chosen if not before.get(name)), key=lambda name: name in before)
    for name in left:
        begun = time.monotonic()
        if begun - began > options.minutes * 60:
            print(f"{len(left) - left.index(name)} of {len(chosen)} are left for the next run")
            return 1
        found, verdict = try_one(name, options)
        if not found:
            failed.append(name)
        print(f"{name}: {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
        with LEDGER.open("a") as ledger:
            ledger.write("\t".join([name, text_of(name), verdict.replace("\n", " ")]) + "\n")
    print(f"{len(chosen) - len(failed)} of {len(chosen)} broken builds found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
