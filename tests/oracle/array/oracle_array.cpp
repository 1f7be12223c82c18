// oracle_array --dir D --seed S --cases N [--client inline|embedded]: computes N random cases and
// writes them to D for compare.py. A case that throws is written down as such and fails there.

#include "cases.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <tartan/client/client.hpp>

int main(int argc, char** argv) {
  CLI::App app("Random array operations for NumPy to check");
  std::string directory;
  std::string client_kind = "inline";
  std::uint64_t seed = 1;
  std::size_t cases = 100;
  std::string only;
  app.add_option("--dir", directory)->required();
  app.add_option("--seed", seed);
  app.add_option("--cases", cases);
  app.add_option("--only", only, "One kind of case");
  app.add_option("--client", client_kind)->check(CLI::IsMember({"inline", "embedded"}));
  CLI11_PARSE(app, argc, argv);

  const auto run = [&] {
    tartan::oracle::Recorder recorder(directory);
    std::vector<tartan::oracle::CaseKind> kinds;
    for (const auto* family : {
             &tartan::oracle::compute_kinds(),
             &tartan::oracle::order_kinds(),
             &tartan::oracle::search_kinds(),
             &tartan::oracle::set_kinds(),
             &tartan::oracle::shape_kinds(),
             &tartan::oracle::masking_kinds(),
             &tartan::oracle::standard_kinds(),
             &tartan::oracle::composed_kinds(),
             &tartan::oracle::linalg_kinds(),
             &tartan::oracle::product_kinds(),
             &tartan::oracle::fft_kinds(),
             &tartan::oracle::scan_kinds(),
             &tartan::oracle::nan_kinds(),
             &tartan::oracle::stats_kinds(),
             &tartan::oracle::elementwise_kinds(),
             &tartan::oracle::index_kinds(),
             &tartan::oracle::rearrange_kinds(),
             &tartan::oracle::overlap_kinds(),
             &tartan::oracle::apply_kinds(),
             &tartan::oracle::blockwise_kinds(),
         }) {
      for (const auto& kind : *family) {
        if (only.empty() || only == kind.name) kinds.push_back(kind);
      }
    }
    if (kinds.empty()) {
      std::cerr << "there is no kind of case named " << only << '\n';
      return 2;
    }
    for (std::size_t number = 0; number < cases; ++number) {
      const auto& kind = kinds[number % kinds.size()];
      tartan::Random random(seed * 1'000'003 + number);
      std::string text = "(inputs)";
      try {
        const auto term = kind.make(recorder, random);
        text = term.text;
        recorder.finish(kind.name, term);
      } catch (const std::exception& error) {
        std::cerr << "case " << number << " (" << kind.name << ", seed " << seed << "): " << text
                  << " threw: " << error.what() << '\n';
        return 1;
      }
    }
    return 0;
  };
  if (client_kind == "embedded") {
    tartan::Client client;
    return run();
  }
  auto client = tartan::Client::inline_executor();
  return run();
}
