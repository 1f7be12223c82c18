#pragma once

// How far a computation has come, on stderr: a bar that is redrawn on a terminal, a plain line
// now and then elsewhere, nothing when told so (by the option or TARTAN_PROGRESS=off in the
// environment; TARTAN_PROGRESS=plain asks for lines even on a terminal).

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tartan/client/future.hpp>
#include <vector>

namespace tartan {

enum class ProgressStyle { automatic, bar, plain, silent };

struct ProgressOptions {
  std::string label = "tasks";
  ProgressStyle style = ProgressStyle::automatic;
  std::chrono::nanoseconds redraw{std::chrono::milliseconds(100)};  ///< of a bar
  std::chrono::nanoseconds line{std::chrono::seconds(2)};           ///< between plain lines
};

/// A count on its way to a total, for loops: advance() as often as you like, it draws seldom.
/// Any thread may call it. The destructor leaves the last state on the screen.
class Progress {
 public:
  Progress(std::string label, std::size_t total, ProgressOptions options = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t steps = 1);
  /// Some words behind the count: "inertia 1.93e6".
  void note(std::string_view text);
  /// Draws the end; later calls do nothing. A loop that ends early may say so here.
  void finish();
  /// Redraws when it is time to, without an advance.
  void refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Shows the futures' progress and returns when all are done, however they ended.
void progress(std::span<const AnyFuture> futures, const ProgressOptions& options = {});

template <class F>
void progress(const std::vector<F>& futures, const ProgressOptions& options = {}) {
  const auto& plain = client::untyped(futures);
  progress(std::span<const AnyFuture>(plain), options);
}

}  // namespace tartan
