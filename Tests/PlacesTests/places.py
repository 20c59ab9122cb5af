#!/usr/bin/env python3
"""Makes places.mmdb, the database of addresses of the tests: documentation blocks (RFC 5737, RFC 3849) with invented records.

    pip install mmdb_writer && python3 places.py
"""
import pathlib

from mmdb_writer import MMDBWriter
from netaddr import IPSet

writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Laennec-Test", int_type="u32")
writer.insert_network(IPSet(["203.0.113.0/25"]), {
    "country": {"iso_code": "FR"}, "autonomous_system_number": 64500, "autonomous_system_organization": "Exemple Télémaintenance"})
writer.insert_network(IPSet(["198.51.100.0/24"]), {"registered_country": {"iso_code": "DE"}})
writer.insert_network(IPSet(["2001:db8:1::/48"]), {"country": {"iso_code": "CA"}, "autonomous_system_number": 64511})
writer.to_db_file(str(pathlib.Path(__file__).with_name("places.mmdb")))
