#pragma once
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>

/// Finds the record of an address given as the 16 octets of IPv6 (IPv4 as ::ffff:a.b.c.d). Asks no resolver, opens no socket.
static inline bool laennec_mmdb_find(const MMDB_s *database, const uint8_t *octets, bool is_v4, MMDB_entry_s *entry) {
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    memset(&v6, 0, sizeof v6);
    memset(&v4, 0, sizeof v4);
    v6.sin6_family = AF_INET6;
    memcpy(&v6.sin6_addr, octets, 16);
    v4.sin_family = AF_INET;
    memcpy(&v4.sin_addr, octets + 12, 4);
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(database, is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6, &error);
    *entry = result.entry;
    return error == MMDB_SUCCESS && result.found_entry;
}

/// Copies the text at a path of one or two keys (the second may be NULL) into a buffer; returns its length, 0 where there is none.
static inline size_t laennec_mmdb_text(MMDB_entry_s *entry, const char *first, const char *second, char *buffer, size_t size) {
    MMDB_entry_data_s data;
    if (MMDB_get_value(entry, &data, first, second, NULL) != MMDB_SUCCESS || !data.has_data) return 0;
    if (data.type != MMDB_DATA_TYPE_UTF8_STRING) return 0;
    size_t length = data.data_size < size ? data.data_size : size;
    memcpy(buffer, data.utf8_string, length);
    return length;
}

/// The number at a key; 0 where there is none.
static inline uint32_t laennec_mmdb_number(MMDB_entry_s *entry, const char *key) {
    MMDB_entry_data_s data;
    if (MMDB_get_value(entry, &data, key, NULL) != MMDB_SUCCESS || !data.has_data) return 0;
    if (data.type == MMDB_DATA_TYPE_UINT32) return data.uint32;
    return data.type == MMDB_DATA_TYPE_UINT16 ? data.uint16 : 0;
}
