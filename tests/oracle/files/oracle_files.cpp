// oracle_files --from D --to E --seed S [--client inline|embedded]: copies every array of D to E
// under its name, read in random chunks and written in others: D/NAME.npy, and D/NAME/ as a stack.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <tartan/array.hpp>
#include <tartan/base/random.hpp>
#include <tartan/client/client.hpp>

namespace {

using namespace tartan;
namespace fs = std::filesystem;

Chunks random_chunks(Random& random, const Shape& shape) {
  Chunks chunks;
  for (const auto length : shape) {
    const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(length, 1));
    chunks.push_back(cut_axis(length, 1 + static_cast<std::int64_t>(random.below(most))));
  }
  return chunks;
}

void copy(const fs::path& from, const fs::path& to, Random& random) {
  if (fs::is_directory(from)) {
    const auto x = from_npy_stack(from);
    const auto axis = static_cast<std::int64_t>(random.below(x.ndim()));
    return to_npy_stack(to, x.rechunk(random_chunks(random, x.shape())), axis);
  }
  const auto whole = from_npy(from);
  const auto x = from_npy(from, {.chunks = random_chunks(random, whole.shape())});
  to_npy(to, random.chance(0.5) ? x : x.rechunk(random_chunks(random, x.shape())));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Copies arrays from file to file for NumPy and Dask to check");
  std::string from;
  std::string to;
  std::string client_kind = "inline";
  std::uint64_t seed = 1;
  app.add_option("--from", from)->required();
  app.add_option("--to", to)->required();
  app.add_option("--seed", seed);
  app.add_option("--client", client_kind)->check(CLI::IsMember({"inline", "embedded"}));
  CLI11_PARSE(app, argc, argv);
  auto client = client_kind == "embedded" ? Client() : Client::inline_executor();
  tartan::Random random(seed);
  for (const auto& entry : fs::directory_iterator(from)) {
    copy(entry.path(), fs::path(to) / entry.path().filename(), random);
  }
}
