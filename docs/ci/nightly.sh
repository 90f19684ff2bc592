#!/bin/sh
# Checks what came in, for cron. Prints nothing where nothing is new, so that cron mails only what matters; the reports
# of the last night are in reports/. Run it in the folder that holds incoming/, ci/ and .firstseen.
set -u

mkdir -p reports || exit 2
firstseen scan incoming/ \
    --baseline ci/baseline.json \
    --suppress ci/suppress.toml \
    --fail-on new:conflict:strong,new:recycled,fixity-changed \
    --progress never \
    --report html=reports/firstseen.html \
    --report jsonl=reports/firstseen.jsonl \
    >reports/firstseen.txt 2>reports/firstseen.err
code=$?
if [ "$code" != 0 ]; then
    echo "firstseen ended with $code; the page is $PWD/reports/firstseen.html"
    cat reports/firstseen.txt reports/firstseen.err
fi
exit "$code"
