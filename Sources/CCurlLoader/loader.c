/*
 * Loads libcurl when it is first called, and not when the program starts: only commands that talk to a remote need it,
 * and it brings more libraries behind it than libgit2 does. See docs/decisions/0012 and 0016, and CLibgit2Loader.
 */
#ifdef __linux__

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <lazy_library.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* The interface has had this number since 2006. Debian and Ubuntu have it once more, over another TLS library. */
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
static struct vx_library library = {names, NULL};

static void *load(const char *name) { return vx_library_function(&library, "libcurl", name); }

LAZY_VOID(curl_easy_cleanup, (CURL *curl), (curl))
LAZY(CURL *, curl_easy_init, (void), ())
LAZY(CURLcode, curl_easy_perform, (CURL *curl), (curl))
LAZY_VOID(curl_easy_reset, (CURL *curl), (curl))
LAZY(const char *, curl_easy_strerror, (CURLcode code), (code))
LAZY(CURLcode, curl_global_init, (long flags), (flags))
LAZY(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *data), (list, data))
LAZY_VOID(curl_slist_free_all, (struct curl_slist *list), (list))

/* Variable arguments cannot be passed on; the number of an option says of which type its one argument is. */
CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...) {
    FUNCTION(curl_easy_setopt)
    __builtin_va_list list;
    __builtin_va_start(list, option);
    CURLcode code;
    if (option < CURLOPTTYPE_OBJECTPOINT) {
        code = known(curl, option, __builtin_va_arg(list, long));
    } else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB) {
        code = known(curl, option, __builtin_va_arg(list, curl_off_t));
    } else {
        code = known(curl, option, __builtin_va_arg(list, void *));
    }
    __builtin_va_end(list);
    return code;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...) {
    FUNCTION(curl_easy_getinfo)
    __builtin_va_list list;
    __builtin_va_start(list, info);
    CURLcode code = known(curl, info, __builtin_va_arg(list, void *));
    __builtin_va_end(list);
    return code;
}

#endif
