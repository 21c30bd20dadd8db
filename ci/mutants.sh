#!/usr/bin/env bash
# Mutation test of what verdicts come from: every n-th mutant of measures, claims, judge, audit and statistics, about COUNT in
# all, SEED choosing which; each is held against the fast tests. Hours, not minutes: .ci/run leaves it out.
#
#   cargo install cargo-mutants --locked
#   ci/mutants.sh [SEED] [COUNT]
#
# What it finds is in target/mutants.out; ci/mutants.txt keeps the last result.
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${1:-1}
count=${2:-300}
rooms=(-f 'src/measure/**' -f 'src/claim/**' -f 'src/judge/**' -f 'src/audit/**' -f 'src/stats/**')
all=$(cargo mutants --list "${rooms[@]}" | wc -l)
every=$((all / count > 0 ? all / count : 1))
echo "$all mutants, one of every $every"
exec cargo mutants "${rooms[@]}" --shard "$((seed % every))/$every" --sharding round-robin --profile mutants \
    --output target --no-shuffle -- --lib --test audit --test properties --test statistics
