#pragma once

// The exceptions users see. Each carries the catalogue's kind, so that a program can decide
// without reading text.

#include <stdexcept>
#include <string>
#include <tartan/base/error.hpp>

namespace tartan {

/// Base of every exception tartan throws.
class Exception : public std::runtime_error {
 public:
  explicit Exception(const Error& error) : Exception(error.code(), error.message()) {}
  Exception(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const { return code_; }

 private:
  Errc code_;
};

/// An argument has an unusable value: shapes that do not broadcast, an axis out of range, ...
class ValueError : public Exception {
 public:
  explicit ValueError(const std::string& message) : Exception(Errc::invalid_argument, message) {}
};

/// An argument or result has another type than the one asked for.
class TypeError : public Exception {
 public:
  explicit TypeError(const std::string& message) : Exception(Errc::type_mismatch, message) {}
};

/// The scheduler cannot be reached, refused this client, or went away.
class ConnectionError : public Exception {
 public:
  using Exception::Exception;
};

/// The task behind a future was cancelled.
class CancelledError : public Exception {
 public:
  explicit CancelledError(const std::string& message) : Exception(Errc::cancelled, message) {}
};

/// Where and how a task failed; what Future::get() throws as TaskError.
struct Failure {
  Errc code = Errc::task_failed;
  std::string type;     ///< demangled type of the exception, e.g. "std::domain_error"
  std::string message;  ///< its what()
  std::string task;     ///< the task that threw, as people see it, e.g. "norm[3]"
  std::string worker;   ///< name and address of the worker it ran on; empty if it never ran

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// A task, or one it depends on, failed.
class TaskError : public Exception {
 public:
  explicit TaskError(Failure failure);
  const Failure& failure() const { return failure_; }
  const std::string& type() const { return failure_.type; }
  const std::string& message() const { return failure_.message; }
  const std::string& task() const { return failure_.task; }
  const std::string& worker() const { return failure_.worker; }

 private:
  Failure failure_;
};

/// Throws the exception that fits the failure: TaskError, CancelledError, ...
[[noreturn]] void throw_failure(const Failure& failure);

}  // namespace tartan
