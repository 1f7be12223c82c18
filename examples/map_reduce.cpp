// Counts the words of files, one task a file, and merges the counts in a tree of tasks:
// map_reduce FILE...     (without arguments it counts the words of a few files it writes itself)

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <tartan/client.hpp>

using Counts = std::map<std::string, std::uint64_t>;

Counts count_words(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Counts counts;
  for (std::string word; file >> word;) ++counts[word];
  return counts;
}

Counts merge(const std::vector<Counts>& parts) {
  Counts all;
  for (const Counts& part : parts) {
    for (const auto& [word, count] : part) all[word] += count;
  }
  return all;
}

std::vector<std::string> write_some_files() {
  std::vector<std::string> paths;
  for (int i = 0; i < 20; ++i) {
    paths.push_back((std::filesystem::temp_directory_path() / "tartan_words_").string() +
                    std::to_string(i) + ".txt");
    std::ofstream file(paths.back());
    for (int line = 0; line < 1000; ++line) file << "warp weft " << (line % (i + 2)) << " weft\n";
  }
  return paths;
}

int main(int argc, char** argv) {
  std::vector<std::string> paths(argv + 1, argv + argc);
  if (paths.empty()) paths = write_some_files();
  tartan::Client client;
  auto counts = client.map<&count_words>(tartan::Options{.pure = false}, paths);
  while (counts.size() > 1) {
    std::vector<tartan::Future<Counts>> merged;
    for (std::size_t i = 0; i < counts.size(); i += 8) {
      const auto end = counts.begin() + static_cast<long>(std::min(i + 8, counts.size()));
      merged.push_back(
          client.submit<&merge>(std::vector(counts.begin() + static_cast<long>(i), end)));
    }
    counts = std::move(merged);
  }
  std::vector<std::pair<std::uint64_t, std::string>> ranked;
  for (const auto& [word, count] : counts.at(0).get()) ranked.emplace_back(count, word);
  std::sort(ranked.rbegin(), ranked.rend());
  for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 5); ++i) {
    std::cout << ranked[i].first << ' ' << ranked[i].second << '\n';
  }
}
