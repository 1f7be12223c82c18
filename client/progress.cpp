#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <sys/ioctl.h>
#include <tartan/client/as_completed.hpp>
#include <tartan/client/progress.hpp>
#include <unistd.h>

namespace tartan {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

ProgressStyle resolve(ProgressStyle style) {
  const char* said = std::getenv("TARTAN_PROGRESS");
  const std::string_view wish = said == nullptr ? "" : said;
  if (style == ProgressStyle::silent || wish == "off") return ProgressStyle::silent;
  if (style != ProgressStyle::automatic) return style;
  if (wish == "plain" || ::isatty(STDERR_FILENO) == 0) return ProgressStyle::plain;
  return ProgressStyle::bar;
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// "8.1 s", "2:05 min", "1:02 h".
std::string readable(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
}

}  // namespace

struct Progress::Impl {
  std::string label;
  std::size_t total;
  ProgressOptions options;
  SteadyTime started = std::chrono::steady_clock::now();
  std::mutex mutex{};  ///< guards what follows
  std::size_t count = 0;
  std::string words{};
  SteadyTime drawn{};
  bool finished = false;

  std::string figures(SteadyTime now) const {
    const double elapsed = std::chrono::duration<double>(now - started).count();
    std::string text = fmt::format("{}/{}", count, total);
    if (total != 0) text += fmt::format(" {:3.0f}%", 100.0 * double(count) / double(total));
    text += " " + readable(elapsed);
    if (count != 0 && elapsed > 0) {
      const double rate = double(count) / elapsed;
      text += fmt::format(", {:.{}f}/s", rate, rate < 10 ? 1 : 0);
      if (count < total) text += ", " + readable(double(total - count) / rate) + " left";
    }
    if (!words.empty()) text += "  " + words;
    return text;
  }

  void draw_bar(SteadyTime now) {
    const std::string text = figures(now);
    const std::size_t around = label.size() + text.size() + 5;
    const std::size_t width = terminal_width();
    const std::size_t room = width > around ? std::min<std::size_t>(width - around, 40) : 0;
    const std::size_t full = total == 0 ? 0 : room * std::min(count, total) / total;
    std::string line =
        room < 5 ? fmt::format("{} {}", label, text)
                 : fmt::format("{} [{:#>{}}{:.>{}}] {}", label, "", full, "", room - full, text);
    if (line.size() >= width) line.resize(width - 1);
    fmt::print(stderr, "\r{}\x1b[K{}", line, finished ? "\n" : "");
    std::fflush(stderr);
  }

  /// The mutex is held.
  void draw(bool now_or_never) {
    if (options.style == ProgressStyle::silent) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    const bool bar = options.style == ProgressStyle::bar;
    const SteadyTime last = drawn == SteadyTime{} ? started : drawn;
    if (!now_or_never && now - last < (bar ? options.redraw : options.line)) return;
    drawn = now;
    if (bar) {
      draw_bar(now);
    } else {
      fmt::print(stderr, "{}: {}\n", label, figures(now));
    }
  }
};

Progress::Progress(std::string label, std::size_t total, ProgressOptions options)
    : impl_(new Impl{std::move(label), total, std::move(options)}) {
  impl_->options.style = resolve(impl_->options.style);
}

Progress::~Progress() { finish(); }

void Progress::advance(std::size_t steps) {
  std::lock_guard lock(impl_->mutex);
  impl_->count += steps;
  if (!impl_->finished) impl_->draw(false);
}

void Progress::note(std::string_view text) {
  std::lock_guard lock(impl_->mutex);
  impl_->words = text;
  if (!impl_->finished) impl_->draw(false);
}

void Progress::refresh() {
  std::lock_guard lock(impl_->mutex);
  if (!impl_->finished) impl_->draw(false);
}

void Progress::finish() {
  std::lock_guard lock(impl_->mutex);
  if (impl_->finished) return;
  impl_->finished = true;
  impl_->draw(true);
}

void progress(std::span<const AnyFuture> futures, const ProgressOptions& options) {
  Progress bar(options.label, futures.size(), options);
  client::CompletionQueue queue;
  queue.add(futures);
  std::size_t failed = 0;
  while (queue.remaining() != 0) {
    if (const auto number = queue.pop(options.redraw)) {
      if (futures[*number].status() != FutureStatus::finished) {
        bar.note(fmt::format("{} failed", ++failed));
      }
      bar.advance();
    } else {
      bar.refresh();
    }
  }
}

}  // namespace tartan
