#include <chrono>
#include <e2e/modules/versions.hpp>
#include <fstream>
#include <tartan/client/client.hpp>
#include <thread>

namespace versions {

namespace {

std::string text(int number) { return std::to_string(number); }

}  // namespace

inline std::string inline_variable = "v" + text(E2E_VERSION);

inline const std::string& inline_function() {
  static const std::string name = "v" + text(E2E_VERSION);
  return name;
}

template <class T>
struct Template {
  static inline T name = "v" + text(E2E_VERSION);
};

std::string told(std::int64_t x, std::int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return "v" + text(E2E_VERSION) + " " + inline_variable + " " + inline_function() + " " +
         Template<std::string>::name + " " + std::to_string(x);
}

Number number(std::int64_t x) { return static_cast<Number>(x); }

std::string told_inside(std::int64_t x) {
  return tartan::Client::current().submit<&told>(x, std::int64_t{0}).get();
}

std::int64_t write_file(const std::string& path) {
  std::ofstream(path) << "v" << E2E_VERSION << '\n';
  return 0;
}

}  // namespace versions

template struct tartan::ExportTasks<&versions::told, &versions::number, &versions::told_inside,
                                    &versions::write_file>;
