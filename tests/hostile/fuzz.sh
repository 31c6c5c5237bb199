#!/bin/bash
# ./dev fuzz: libFuzzer on all that is read of others (fuzz_NAME.c), or how much of it the corpora reach.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
here=tests/hostile
all="decode agent wire session server control config text add"

# The decoders' files; of each at least 80 % of the lines are reached by the corpora.
decoders="protocol/cursor.c protocol/text.c protocol/report.c protocol/report_wire.c protocol/message_decode.c
    protocol/link.c protocol/frame.c
    common/frame_file.c common/config.c common/config_value.c common/config_line.c common/config_section.c common/code.c common/name.c
    common/endpoint.c common/fingerprint.c
    server/hotkey/chord.c server/hotkey/keyname.c server/hotkey/hotkey_config.c server/hotkey/hotkey_check.c
    server/input/rules.c server/input/sent_keys.c
    server/net/guests.c server/net/pairing.c server/net/names.c server/net/verbs.c
    server/target/agent.c server/target/channel.c server/control/client.c server/cli/destination.c server/cli/heard.c server/cli/clean.c
    server/decode/decoder.c server/decode/hello.c server/decode/update.c server/decode/tight.c server/decode/jpeg.c
    server/decode/shape.c server/decode/picture.c
    agent/session.c agent/pin.c agent/order.c agent/rights.c agent/screen/request.c"

seconds_of() {
    case $1 in
    *m) echo $((${1%m} * 60)) ;;
    *s) echo "${1%s}" ;;
    *) echo "$1" ;;
    esac
}

fuzz() {
    local name=$1 seconds=$2 words=()
    HOTDESK_BUILD=$PWD/build-fuzz /usr/bin/python3 $here/corpus.py "$name" "build-fuzz/corpus-$name"
    [ -f "$here/dictionaries/$name.dict" ] && words=("-dict=$here/dictionaries/$name.dict")
    # A whole server for each input: what it has freed is kept for less long.
    ASAN_OPTIONS=quarantine_size_mb=8 "build-fuzz/tests/hostile/fuzz_$name" -max_total_time="$seconds" \
        -max_len=8192 -reload=0 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=build-fuzz/$name-" \
        ${words[@]+"${words[@]}"} "build-fuzz/corpus-$name"
}

# A build for coverage; each corpus through its replay; the table by file.
coverage() {
    local name objects=() status=0
    [ -f build-coverage/build.ninja ] ||
        CC=clang meson setup build-coverage -Db_lundef=false \
            -Dc_args="-fprofile-instr-generate -fcoverage-mapping" -Dc_link_args=-fprofile-instr-generate >/dev/null
    ninja -C build-coverage --quiet server/decode/hotdesk-decode tests/decode/mkjpeg \
        $(printf 'tests/hostile/replay_%s ' $all)
    export LLVM_PROFILE_FILE=/dev/null
    rm -rf build-coverage/corpora build-coverage/*.profraw
    for name in $all; do
        HOTDESK_BUILD=$PWD/build-coverage /usr/bin/python3 $here/corpus.py "$name" "build-coverage/corpora/$name"
        LLVM_PROFILE_FILE="build-coverage/$name.profraw" "build-coverage/tests/hostile/replay_$name" \
            "build-coverage/corpora/$name" >/dev/null 2>&1
        objects+=(-object "build-coverage/tests/hostile/replay_$name")
    done
    llvm-profdata-14 merge -sparse build-coverage/*.profraw -o build-coverage/all.profdata
    llvm-cov-14 export -summary-only -instr-profile=build-coverage/all.profdata "${objects[@]}" >build-coverage/all.json
    /usr/bin/python3 $here/coverage.py build-coverage/all.json $decoders || status=1
    return $status
}

if [ "${1:-}" = --coverage ]; then
    coverage
    exit
fi
names=$all
case " $all " in *" ${1:-none} "*) names=$1; shift ;; esac
seconds=$(seconds_of "${1:-60}")
[ -f build-fuzz/build.ninja ] ||
    CC=clang meson setup build-fuzz --werror -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
# shellcheck disable=SC2086
ninja -C build-fuzz --quiet server/decode/hotdesk-decode tests/decode/mkjpeg $(printf 'tests/hostile/fuzz_%s ' $names)
for name in $names; do
    echo "== $name"
    fuzz "$name" "$seconds"
done
