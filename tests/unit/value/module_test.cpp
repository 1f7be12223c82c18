#include <catch2/catch.hpp>
#include <filesystem>
#include <sample.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/task_context.hpp>

using namespace tartan;
using Catch::Matchers::Contains;

namespace {

ModuleInfo loaded(const char* path) {
  const auto module = load_module(path);
  INFO((module ? std::string() : module.error().message()));
  REQUIRE(module.has_value());
  return *module;
}

/// The function F as the given module defines it.
template <auto F>
const FunctionInfo& function_in(const ModuleInfo& module) {
  FunctionRef ref = task_function<F>().ref;
  ref.module = module.hash;
  const FunctionInfo* info = find_function(ref).value();
  REQUIRE(info->ref.module == module.hash);
  return *info;
}

template <class... T>
Value call(const FunctionInfo& function, const T&... values) {
  ArgumentWriter writer;
  (writer.inline_object(values), ...);
  Arguments arguments(writer.bytes(), {});
  return function.wrapper(arguments);
}

}  // namespace

TEST_CASE("a loaded module's functions are found and called") {
  const ModuleInfo module = loaded(TARTAN_SAMPLE_MODULE);
  const FunctionInfo& total = function_in<&sample::total>(module);
  CHECK(&total != &task_function<&sample::total>());
  CHECK(call(total, std::vector<double>{1, 2, 3.5}).get<double>() == 6.5);
  CHECK(call(function_in<&sample::greet>(module), std::string("you")).get<std::string>() ==
        "hello you");
  CHECK(call(function_in<&sample::first>(module), 5, 6).get<int>() == 5);
}

TEST_CASE("a module and its program share the current task") {
  const FunctionInfo& attempt = function_in<&sample::attempt>(loaded(TARTAN_SAMPLE_MODULE));
  const TaskContext task{
      .attempt = 77, .key = {}, .cancelled = nullptr, .worker = "", .scheduler = ""};
  const TaskScope scope(task);
  CHECK(call(attempt).get<std::uint64_t>() == 77);
}

TEST_CASE("an exception thrown in a module is caught outside by its type") {
  const FunctionInfo& fail = function_in<&sample::fail>(loaded(TARTAN_SAMPLE_MODULE));
  CHECK_THROWS_AS(call(fail, 3), std::domain_error);
}

TEST_CASE("a module may use parts of tartan that its program does not") {
  const FunctionInfo& total = function_in<&sample::total>(loaded(TARTAN_SAMPLE_NEXT));
  CHECK(call(total, std::vector<double>{1, 2}).get<double>() == -2);
}

TEST_CASE("two versions of a module live side by side, each found by its hash") {
  const ModuleInfo first = loaded(TARTAN_SAMPLE_MODULE);
  const ModuleInfo next = loaded(TARTAN_SAMPLE_NEXT);
  CHECK(first.hash != next.hash);
  const std::vector<double> values{1, 2, 3};
  CHECK(call(function_in<&sample::total>(first), values).get<double>() == 6);
  CHECK(call(function_in<&sample::total>(next), values).get<double>() == -3);
  CHECK(call(task_function<&sample::total>(), values).get<double>() == 6);
}

TEST_CASE("loading a module twice is loading it once") {
  const ModuleInfo first = loaded(TARTAN_SAMPLE_MODULE);
  const std::size_t count = loaded_modules().size();
  CHECK(loaded(TARTAN_SAMPLE_MODULE).hash == first.hash);
  CHECK(loaded_modules().size() == count);
}

TEST_CASE("the executable is the first of the loaded modules") {
  const auto modules = loaded_modules();
  REQUIRE_FALSE(modules.empty());
  CHECK(modules[0].path == std::filesystem::canonical("/proc/self/exe").string());
  CHECK(modules[0].hash == task_function<&sample::greet>().ref.module);
}

TEST_CASE("what cannot be loaded is refused with the reason") {
  const auto missing = load_module("/nowhere/at_all.so");
  REQUIRE_FALSE(missing.has_value());
  CHECK_THAT(missing.error().message(), Contains("/nowhere/at_all.so"));

  const auto text = load_module(__FILE__);
  REQUIRE_FALSE(text.has_value());
  CHECK_THAT(text.error().message(), Contains("cannot load the module"));

  const auto silent = load_module(TARTAN_SILENT_MODULE);
  REQUIRE_FALSE(silent.has_value());
  CHECK_THAT(silent.error().message(), Contains("ExportTasks"));

  const auto incomplete = load_module(TARTAN_INCOMPLETE_MODULE);
  REQUIRE_FALSE(incomplete.has_value());
  CHECK_THAT(incomplete.error().message(), Contains("missing_everywhere") && Contains("LINK"));
}

TEST_CASE("a module with a copy of tartan inside is refused") {
  const auto copy = load_module(TARTAN_COPY_MODULE);
  REQUIRE_FALSE(copy.has_value());
  CHECK(copy.error().code() == Errc::refused);
  CHECK_THAT(copy.error().message(), Contains("its own copy of tartan"));
}
