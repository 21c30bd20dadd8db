#!/bin/sh
# Our training step against PyTorch's, in turns on the same machine; prints the ratio of the best medians.
# usage: benches/peers/compare.sh [ROUNDS]      PYTHON=python with torch
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-3}
python=${PYTHON:-python3}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
cargo bench --bench step --no-run
for _ in $(seq "$rounds"); do
    "$python" benches/peers/step.py | sed 's/^/torch /' >>"$results"
    # criterion: "step/threads-1  time:   [low ms median ms high ms]"
    cargo bench --bench step -- --noplot 2>/dev/null | tr '\n' ' ' |
        grep -oE 'step/threads-[12] +time: +\[[^]]*\]' |
        sed -E 's/step\/(threads-[12]) +time: +\[[0-9.]+ ms ([0-9.]+) ms.*/ours \1 \2/' >>"$results"
done
sort "$results" | awk '
    { key = $1 " " $2; times[key] = times[key] " " $3; n[key]++ }
    END {
        for (key in n) {
            split(times[key], t, " "); m = n[key]
            for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++) if (t[j] + 0 < t[i] + 0) { x = t[i]; t[i] = t[j]; t[j] = x }
            median = m % 2 ? t[(m + 1) / 2] : (t[m / 2] + t[m / 2 + 1]) / 2
            printf "%s: %.1f ms (median of %d)\n", key, median, m
            split(key, who, " ")
            if (!(who[1] in best) || median < best[who[1]]) best[who[1]] = median
        }
        printf "ratio of the best, ours / PyTorch: %.2f\n", best["ours"] / best["torch"]
    }'
