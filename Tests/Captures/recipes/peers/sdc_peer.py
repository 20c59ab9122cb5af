"""IEEE 11073 SDC with sdc11073, Draeger's reference implementation.

    sdc_peer.py provider PLAN.json      a device: hello, metadata, MDIB; ends with a bye when the file named by "stop" appears
    sdc_peer.py consumer PLAN.json      a client: probe, resolve, metadata, MDIB, contexts
    sdc_peer.py camera PLAN.json        another kind of target service (WSDiscovery), hello to bye
"""
import json
import logging
import pathlib
import sys
import time
import uuid

logging.basicConfig(level=logging.INFO)


def certificates(plan):
    if not plan.get("certificates"):
        return None
    from sdc11073.certloader import mk_ssl_contexts_from_folder
    container = mk_ssl_contexts_from_folder(plan["certificates"])
    if plan.get("tls12"):
        import ssl
        for context in (container.client_context, container.server_context):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
    return container


def provider(plan):
    from sdc11073.location import SdcLocation
    from sdc11073.mdib import ProviderMdib
    from sdc11073.provider import SdcProvider, providerimpl
    from sdc11073.provider.scopesfactory import mk_scopes
    from sdc11073.wsdiscovery import WSDiscovery
    from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType

    def scopes(mdib):
        # What a careless device does: its patient and its operator in what it announces to everybody.
        result = mk_scopes(mdib)
        result.text.extend(plan.get("scopes", []))
        return result

    parts = providerimpl.provider_components_sync_factory()
    parts.scopes_factory = scopes
    with WSDiscovery(plan["address"]) as discovery:
        mdib = ProviderMdib.from_mdib_file(plan["mdib"])
        device = SdcProvider(
            ws_discovery=discovery, epr=uuid.UUID(plan["uuid"]),
            this_model=ThisModelType(manufacturer=plan["manufacturer"], manufacturer_url="http://www.example.org", model_name=plan["model_name"],
                                     model_number=plan["model_number"], model_url="http://www.example.org/model", presentation_url="http://www.example.org/p"),
            this_device=ThisDeviceType(friendly_name=plan["friendly_name"], firmware_version=plan["firmware"], serial_number=plan["serial"]),
            device_mdib_container=mdib, components=parts, ssl_context_container=certificates(plan), validate=False, chunk_size=plan.get("chunk", 0))
        if not plan.get("gzip"):
            device.set_used_compression()
        device.start_all(start_rtsample_loop=False)
        device.set_location(SdcLocation(**plan["location"]))
        pathlib.Path(plan["ready"]).touch()
        while not pathlib.Path(plan["stop"]).exists():
            time.sleep(0.1)
        device.stop_all(send_subscription_end=False)


def consumer(plan):
    from sdc11073.consumer.consumerimpl import HostedServiceDescription, SdcConsumer
    from sdc11073.definitions_sdc import SdcV1Definitions
    from sdc11073.mdib import ConsumerMdib
    from sdc11073.wsdiscovery import WSDiscovery
    # The descriptions of the services (WSDL) are 400 kB that are the same for every device.
    HostedServiceDescription._read_wsdl = lambda *_: None
    with WSDiscovery(plan["address"]) as discovery:
        found = [s for s in discovery.search_services(types=SdcV1Definitions.MedicalDeviceTypesFilter, timeout=2) if plan["uuid"] in s.epr]
        print("found", found)
        discovery._send_resolve(found[0].epr)
        time.sleep(1.5)
        client = SdcConsumer.from_wsd_service(found[0], ssl_context_container=certificates(plan), validate=False)
        if not plan.get("gzip"):
            client.set_used_compression()
        client.start_all(not_subscribed_actions=[])
        mdib = ConsumerMdib(client)
        mdib.init_mdib()
        client.stop_all()


def camera(plan):
    from wsdiscovery import QName, Scope
    from wsdiscovery.publishing import ThreadedWSPublishing
    types = [QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"), QName("http://www.onvif.org/ver10/device/wsdl", "Device")]
    scopes = [Scope(s) for s in plan["scopes"]]
    publisher = ThreadedWSPublishing()
    publisher.start()
    publisher.publishService(types=types, scopes=scopes, xAddrs=[plan["xaddr"]])
    pathlib.Path(plan["ready"]).touch()
    while not pathlib.Path(plan["stop"]).exists():
        time.sleep(0.1)
    publisher.stop()


def search(plan):
    """A client that looks for everything (WSDiscovery)."""
    from wsdiscovery.discovery import ThreadedWSDiscovery
    client = ThreadedWSDiscovery()
    client.start()
    for service in client.searchServices(timeout=2):
        print(service.getEPR(), service.getTypes(), service.getXAddrs())
    client.stop()


if __name__ == "__main__":
    {"provider": provider, "consumer": consumer, "camera": camera, "search": search}[sys.argv[1]](json.load(open(sys.argv[2])))
