/* curl's checks of argument types are macros that only get in the way of a call with a fixed type. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call; these give them fixed ones. */

static inline CURLcode vx_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vx_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vx_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vx_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vx_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*vx_curl_bytes)(char *, size_t, size_t, void *);
typedef int (*vx_curl_seek)(void *, curl_off_t, int);
typedef int (*vx_curl_progress)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

/* For CURLOPT_WRITEFUNCTION, CURLOPT_READFUNCTION and CURLOPT_HEADERFUNCTION. */
static inline CURLcode vx_curl_set_bytes(CURL *handle, CURLoption option, vx_curl_bytes function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLcode vx_curl_set_seek(CURL *handle, vx_curl_seek function) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}

static inline CURLcode vx_curl_set_progress(CURL *handle, vx_curl_progress function) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

static inline CURLcode vx_curl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

/* What a read callback answers to end the transfer; a macro that Swift does not see. */
static inline size_t vx_curl_abort(void) { return CURL_READFUNC_ABORT; }
