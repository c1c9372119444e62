/*
 * Loads libgit2 when it is first called, and not when the program starts.
 *
 * Debian's libgit2 brings 17 libraries for networks that vx never talks to through it (Kerberos, SSH, three kinds of TLS).
 * Loading them takes 1.6 ms, longer than all of `git --version`. So the functions VxGit calls stand here under their own
 * names, declared by libgit2's own headers, and pass on to the library of the version they were compiled for. Where a new
 * one is called, the linker says that it is undefined: add it here. See docs/decisions/0012.
 */
#if defined(__linux__) && !defined(VX_LIBGIT2_INSIDE)

#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <lazy_library.h>

/* LIBGIT2_SOVERSION is a string in libgit2's headers. */
static const char *const names[] = {"libgit2.so." LIBGIT2_SOVERSION, NULL};
static struct vx_library library = {names, NULL};

static void *load(const char *name) { return vx_library_function(&library, "libgit2", name); }

LAZY(int, git_attr_get, (const char **value_out, git_repository *repo, uint32_t flags, const char *path, const char *name), (value_out, repo, flags, path, name))
LAZY(git_attr_value_t, git_attr_value, (const char *attr), (attr))
LAZY_VOID(git_buf_dispose, (git_buf *buffer), (buffer))
LAZY(const git_signature *, git_commit_author, (const git_commit *commit), (commit))
LAZY(const git_signature *, git_commit_committer, (const git_commit *commit), (commit))
LAZY_VOID(git_commit_free, (git_commit *commit), (commit))
LAZY(int, git_commit_lookup, (git_commit **commit, git_repository *repo, const git_oid *id), (commit, repo, id))
LAZY(const char *, git_commit_message, (const git_commit *commit), (commit))
LAZY(const git_oid *, git_commit_parent_id, (const git_commit *commit, unsigned int n), (commit, n))
LAZY(unsigned int, git_commit_parentcount, (const git_commit *commit), (commit))
LAZY(const git_oid *, git_commit_tree_id, (const git_commit *commit), (commit))
LAZY(int, git_config_add_file_ondisk, (git_config *cfg, const char *path, git_config_level_t level, const git_repository *repo, int force), (cfg, path, level, repo, force))
LAZY_VOID(git_config_free, (git_config *cfg), (cfg))
LAZY(int, git_config_get_bool, (int *out, const git_config *cfg, const char *name), (out, cfg, name))
LAZY(int, git_config_get_path, (git_buf *out, const git_config *cfg, const char *name), (out, cfg, name))
LAZY(int, git_config_get_string_buf, (git_buf *out, const git_config *cfg, const char *name), (out, cfg, name))
LAZY(int, git_config_find_global, (git_buf *out), (out))
LAZY(int, git_config_find_system, (git_buf *out), (out))
LAZY(int, git_config_find_xdg, (git_buf *out), (out))
LAZY(int, git_config_new, (git_config **out), (out))
LAZY_VOID(git_config_iterator_free, (git_config_iterator *iter), (iter))
LAZY(int, git_config_iterator_new, (git_config_iterator **out, const git_config *cfg), (out, cfg))
LAZY(int, git_config_next, (git_config_entry **entry, git_config_iterator *iter), (entry, iter))
LAZY(int, git_config_open_ondisk, (git_config **out, const char *path), (out, path))
LAZY(int, git_config_delete_entry, (git_config *config, const char *name), (config, name))
LAZY(int, git_config_set_string, (git_config *cfg, const char *name, const char *value), (cfg, name, value))
LAZY(const git_error *, git_error_last, (void), ())
LAZY(int, git_graph_descendant_of, (git_repository *repo, const git_oid *commit, const git_oid *ancestor), (repo, commit, ancestor))
LAZY(int, git_graph_reachable_from_any, (git_repository *repo, const git_oid *commit, const git_oid descendant_array[], size_t length), (repo, commit, descendant_array, length))
LAZY(int, git_ignore_path_is_ignored, (int *ignored, git_repository *repo, const char *path), (ignored, repo, path))
LAZY(int, git_index_add, (git_index *index, const git_index_entry *source_entry), (index, source_entry))
LAZY_VOID(git_index_free, (git_index *index), (index))
LAZY(const git_index_entry *, git_index_get_bypath, (git_index *index, const char *path, int stage), (index, path, stage))
LAZY(int, git_index_new, (git_index **out), (out))
LAZY(int, git_libgit2_init, (void), ())
LAZY(int, git_merge_base, (git_oid *out, git_repository *repo, const git_oid *one, const git_oid *two), (out, repo, one, two))
LAZY(int, git_config_open_level, (git_config **out, const git_config *parent, git_config_level_t level), (out, parent, level))
LAZY(int, git_merge_trees, (git_index **out, git_repository *repo, const git_tree *ancestor_tree, const git_tree *our_tree, const git_tree *their_tree, const git_merge_options *opts), (out, repo, ancestor_tree, our_tree, their_tree, opts))
LAZY(int, git_merge_commits, (git_index **out, git_repository *repo, const git_commit *our_commit, const git_commit *their_commit, const git_merge_options *opts), (out, repo, our_commit, their_commit, opts))
LAZY(int, git_mempack_new, (git_odb_backend **out), (out))
LAZY_VOID(git_object_free, (git_object *object), (object))
LAZY(const git_oid *, git_object_id, (const git_object *obj), (obj))
LAZY(int, git_object_lookup, (git_object **object, git_repository *repo, const git_oid *id, git_object_t type), (object, repo, id, type))
LAZY(int, git_object_peel, (git_object **peeled, const git_object *object, git_object_t target_type), (peeled, object, target_type))
LAZY(int, git_odb_add_backend, (git_odb *odb, git_odb_backend *backend, int priority), (odb, backend, priority))
LAZY(int, git_odb_add_disk_alternate, (git_odb *odb, const char *path), (odb, path))
LAZY(int, git_odb_backend_pack, (git_odb_backend **out, const char *objects_dir), (out, objects_dir))
LAZY(int, git_odb_exists, (git_odb *db, const git_oid *id), (db, id))
LAZY(int, git_odb_exists_prefix, (git_oid *found, git_odb *db, const git_oid *start, size_t length), (found, db, start, length))
LAZY(int, git_odb_exists_ext, (git_odb *db, const git_oid *id, unsigned int flags), (db, id, flags))
LAZY_VOID(git_odb_free, (git_odb *db), (db))
LAZY(int, git_odb_new, (git_odb **out), (out))
LAZY(const void *, git_odb_object_data, (git_odb_object *object), (object))
LAZY_VOID(git_odb_object_free, (git_odb_object *object), (object))
LAZY(size_t, git_odb_object_size, (git_odb_object *object), (object))
LAZY(int, git_odb_read, (git_odb_object **out, git_odb *db, const git_oid *id), (out, db, id))
LAZY(int, git_odb_read_header, (size_t *len_out, git_object_t *type_out, git_odb *db, const git_oid *id), (len_out, type_out, db, id))
LAZY(int, git_odb_refresh, (git_odb *db), (db))
LAZY(int, git_odb_write, (git_oid *out, git_odb *odb, const void *data, size_t len, git_object_t type), (out, odb, data, len, type))
LAZY(int, git_reference_create, (git_reference **out, git_repository *repo, const char *name, const git_oid *id, int force, const char *log_message), (out, repo, name, id, force, log_message))
LAZY(int, git_reference_create_matching, (git_reference **out, git_repository *repo, const char *name, const git_oid *id, int force, const git_oid *current_id, const char *log_message), (out, repo, name, id, force, current_id, log_message))
LAZY_VOID(git_reference_free, (git_reference *ref), (ref))
LAZY_VOID(git_reference_iterator_free, (git_reference_iterator *iter), (iter))
LAZY(int, git_reference_iterator_new, (git_reference_iterator **out, git_repository *repo), (out, repo))
LAZY(int, git_reference_lookup, (git_reference **out, git_repository *repo, const char *name), (out, repo, name))
LAZY(int, git_reference_name_is_valid, (int *valid, const char *name), (valid, name))
LAZY(int, git_reference_name_to_id, (git_oid *out, git_repository *repo, const char *name), (out, repo, name))
LAZY(int, git_reference_next_name, (const char **out, git_reference_iterator *iter), (out, iter))
LAZY(int, git_reference_symbolic_create, (git_reference **out, git_repository *repo, const char *name, const char *target, int force, const char *log_message), (out, repo, name, target, force, log_message))
LAZY(const char *, git_reference_symbolic_target, (const git_reference *ref), (ref))
LAZY(const git_oid *, git_reference_target, (const git_reference *ref), (ref))
LAZY_VOID(git_remote_free, (git_remote *remote), (remote))
LAZY(int, git_remote_list, (git_strarray *out, git_repository *repo), (out, repo))
LAZY(int, git_remote_lookup, (git_remote **out, git_repository *repo, const char *name), (out, repo, name))
LAZY(int, git_remote_get_fetch_refspecs, (git_strarray *array, const git_remote *remote), (array, remote))
LAZY(const char *, git_remote_url, (const git_remote *remote), (remote))
LAZY(const char *, git_repository_commondir, (const git_repository *repo), (repo))
LAZY(int, git_repository_set_index, (git_repository *repo, git_index *index), (repo, index))
LAZY(int, git_repository_set_config, (git_repository *repo, git_config *config), (repo, config))
LAZY(int, git_repository_config, (git_config **out, git_repository *repo), (out, repo))
LAZY_VOID(git_repository_free, (git_repository *repo), (repo))
LAZY(int, git_repository_hashfile, (git_oid *out, git_repository *repo, const char *path, git_object_t type, const char *as_path), (out, repo, path, type, as_path))
LAZY(int, git_repository_is_bare, (const git_repository *repo), (repo))
LAZY(int, git_repository_is_worktree, (const git_repository *repo), (repo))
LAZY(int, git_repository_odb, (git_odb **out, git_repository *repo), (out, repo))
LAZY(int, git_repository_open_ext, (git_repository **out, const char *path, unsigned int flags, const char *ceiling_dirs), (out, path, flags, ceiling_dirs))
LAZY(const char *, git_repository_path, (const git_repository *repo), (repo))
LAZY(int, git_repository_set_workdir, (git_repository *repo, const char *workdir, int update_gitlink), (repo, workdir, update_gitlink))
LAZY(int, git_repository_state, (git_repository *repo), (repo))
LAZY(const char *, git_repository_workdir, (const git_repository *repo), (repo))
LAZY(int, git_revparse_single, (git_object **out, git_repository *repo, const char *spec), (out, repo, spec))
LAZY_VOID(git_revwalk_free, (git_revwalk *walk), (walk))
LAZY(int, git_revwalk_hide, (git_revwalk *walk, const git_oid *commit_id), (walk, commit_id))
LAZY(int, git_revwalk_new, (git_revwalk **out, git_repository *repo), (out, repo))
LAZY(int, git_revwalk_next, (git_oid *out, git_revwalk *walk), (out, walk))
LAZY(int, git_revwalk_push, (git_revwalk *walk, const git_oid *id), (walk, id))
LAZY(int, git_revwalk_sorting, (git_revwalk *walk, unsigned int sort_mode), (walk, sort_mode))
LAZY_VOID(git_strarray_dispose, (git_strarray *array), (array))
LAZY(const git_tree_entry *, git_tree_entry_byindex, (const git_tree *tree, size_t idx), (tree, idx))
LAZY(int, git_tree_entry_bypath, (git_tree_entry **out, const git_tree *root, const char *path), (out, root, path))
LAZY(git_filemode_t, git_tree_entry_filemode_raw, (const git_tree_entry *entry), (entry))
LAZY_VOID(git_tree_entry_free, (git_tree_entry *entry), (entry))
LAZY(const git_oid *, git_tree_entry_id, (const git_tree_entry *entry), (entry))
LAZY(const char *, git_tree_entry_name, (const git_tree_entry *entry), (entry))
LAZY(size_t, git_tree_entrycount, (const git_tree *tree), (tree))
LAZY_VOID(git_tree_free, (git_tree *tree), (tree))
LAZY(int, git_tree_lookup, (git_tree **out, git_repository *repo, const git_oid *id), (out, repo, id))

/* Variable arguments cannot be passed on: vx sets two options, both of them with two words. */
int git_libgit2_opts(int option, ...) {
    FUNCTION(git_libgit2_opts)
    __builtin_va_list list;
    __builtin_va_start(list, option);
    if (option == GIT_OPT_ENABLE_FSYNC_GITDIR || option == GIT_OPT_SET_OWNER_VALIDATION) {
        int enabled = __builtin_va_arg(list, int);
        __builtin_va_end(list);
        return known(option, enabled);
    }
    if (option == GIT_OPT_GET_SEARCH_PATH) {
        int level = __builtin_va_arg(list, int);
        git_buf *path = __builtin_va_arg(list, git_buf *);
        __builtin_va_end(list);
        return known(option, level, path);
    }
    const char **names = __builtin_va_arg(list, const char **);
    size_t count = __builtin_va_arg(list, size_t);
    __builtin_va_end(list);
    return option == GIT_OPT_SET_EXTENSIONS ? known(option, names, count) : -1;
}

#endif
