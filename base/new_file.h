// Files and folders that others read: their mode and owner are set, never inherited from the umask or from
// who happens to run the program. Everything works on descriptors, so that nobody who may write a folder can
// make root change another file through a link.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace abm {

/// "" if this machine knows no name for it.
[[nodiscard]] std::string user_name(uid_t user);
/// "user 'abm'"; "user 1004" if this machine knows no name for it.
[[nodiscard]] std::string user_text(uid_t user);

/// Refuses to write in a folder that belongs to another user, since its owner could then neither replace nor
/// delete what was written. Root may: it gives what it writes to the owner.
[[nodiscard]] Result<void> refuse_other_user(int folder, std::string_view path_for_error);

/// Refuses something in a folder of ours that belongs to another user: it was written as root once. Root may
/// use it.
[[nodiscard]] Result<void> refuse_foreign(uid_t owner, std::string_view path_for_error);

/// As root: gives an open file or folder to the user and group that own `folder`. Otherwise nothing.
[[nodiscard]] Result<void> give_to_owner_of(int folder, int fd, std::string_view path_for_error);

/// A new file in `folder`, open for reading and writing; fails if the name is taken, even by a link. Its mode
/// is exactly `mode`.
[[nodiscard]] Result<Fd> create_file_at(int folder, const std::string& name, mode_t mode,
                                        std::string_view path_for_error);
/// A file to go on with, or a new one: regular, never through a link. As root only one of the folder's owner,
/// or one that root made earlier, which is then given to that owner.
[[nodiscard]] Result<Fd> open_or_create_at(int folder, const std::string& name, mode_t mode,
                                           std::string_view path_for_error);

/// A new folder in `folder`, open for reading.
[[nodiscard]] Result<Fd> create_folder_at(int folder, const std::string& name, mode_t mode,
                                          std::string_view path_for_error);
/// The folder, made if it is missing. As root, one that root made earlier is given to the owner of `folder`.
[[nodiscard]] Result<void> make_folder_at(int folder, const std::string& name, mode_t mode,
                                          std::string_view path_for_error);
/// The folder and those above it, as far as they are missing; each new one belongs, if root makes it, to the
/// owner of the one above. No error if it exists, whoever owns it.
[[nodiscard]] Result<void> make_folders(const std::string& path, mode_t mode);

/// Writes NAME.tmp-PID, fsyncs file and folder, and renames it into place; on failure nothing is left behind.
[[nodiscard]] Result<void> replace_file_at(int folder, const std::string& name, std::string_view bytes,
                                           mode_t mode, std::string_view path_for_error);
/// The same for a path.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view bytes, mode_t mode);

}  // namespace abm
