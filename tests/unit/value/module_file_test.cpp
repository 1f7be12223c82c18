// What is told of a task module by reading its file.

#include <catch2/catch.hpp>
#include <core/value/module_file.hpp>
#include <core/value/registry.hpp>
#include <filesystem>
#include <fstream>
#include <sample.hpp>
#include <tartan/base/key.hpp>

using namespace tartan;
using Catch::Matchers::Contains;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A file of this content that is gone at the end.
struct File {
  explicit File(const std::string& content) { std::ofstream(path, std::ios::binary) << content; }
  ~File() { std::filesystem::remove(path); }
  std::string path =
      (std::filesystem::temp_directory_path() / (unique_key().to_string() + ".so")).string();
};

std::string with_tag(std::string content, const std::string& from, const std::string& to) {
  const std::size_t at = content.find(from);
  REQUIRE(at != std::string::npos);
  return content.replace(at, from.size(), to);
}

FunctionRef total_of(Key module) {
  FunctionRef ref = task_function<&sample::total>().ref;
  ref.module = module;
  return ref;
}

}  // namespace

TEST_CASE("a module's file tells its functions and what it was built for") {
  const auto module = value::describe_module_file(TARTAN_SAMPLE_MODULE);
  REQUIRE(module.has_value());
  CHECK(module->tag == value::own_module_tag());
  CHECK_THAT(module->tag, Contains("tartan ") && Contains("libstdc++"));
  CHECK(module->symbols.contains(task_function<&sample::total>().ref.symbol));
  CHECK(module->symbols.contains(task_function<&sample::greet>().ref.symbol));
  CHECK(value::check_module_tag(*module, "m.so").has_value());
}

TEST_CASE("a module for another tartan or compiler, or without a tag, is refused with both tags") {
  const std::string content = read(TARTAN_SAMPLE_MODULE);
  const File other(with_tag(content, "tag: tartan 0.", "tag: tartan 9."));
  const auto refused = value::offer_module(other.path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::version_mismatch);
  CHECK_THAT(refused.error().message(), Contains("built for tartan 9.") &&
                                            Contains(std::string(value::own_module_tag())) &&
                                            Contains(other.path));
  CHECK_THAT(load_module(other.path).error().message(), Contains("built for tartan 9."));
  const File untagged(with_tag(content, "tartan-module-tag", "tartan-nothing-ab"));
  CHECK_THAT(value::offer_module(untagged.path).error().message(),
             Contains("tartan_add_task_module"));
}

TEST_CASE("what is no task module is refused by its file alone") {
  const File text("#pragma once");
  CHECK_THAT(value::offer_module(text.path).error().message(), Contains("no task module"));
  CHECK_THAT(value::offer_module(TARTAN_SILENT_MODULE).error().message(), Contains("ExportTasks"));
  CHECK_THAT(value::offer_module("/nowhere/m.so").error().message(), Contains("/nowhere/m.so"));
  CHECK_THAT(value::offer_module("/tmp").error().message(), Contains("no file"));
}

TEST_CASE("a module is read part by part, and not when it was replaced") {
  const std::string content = read(TARTAN_SAMPLE_MODULE);
  const File copy(content);
  const auto file = value::open_module(copy.path);
  REQUIRE(file.has_value());
  CHECK(file->hash == hash_text(content));
  CHECK(file->size == content.size());
  CHECK(value::read_module(*file, 0, 100)->text() == content.substr(0, 100));
  CHECK(value::read_module(*file, content.size() - 10, 100)->text() ==
        content.substr(content.size() - 10));
  CHECK_FALSE(value::read_module(*file, content.size() + 1, 1).has_value());
  std::ofstream(copy.path, std::ios::app) << "more";
  CHECK_THAT(value::read_module(*file, 0, 100).error().message(), Contains("replaced"));
}

TEST_CASE("a module loaded by its hash stands for no other, and is found in no other's place") {
  const File copy(read(TARTAN_SAMPLE_NEXT) + "a copy");
  const Key hash = value::open_module(copy.path)->hash;
  CHECK_FALSE(value::has_module(hash));
  CHECK_FALSE(value::find_function(total_of(hash), {.exact = true}).has_value());
  const auto loaded = value::load_module_as(copy.path, hash);
  REQUIRE(loaded.has_value());
  CHECK(value::has_module(hash));
  const auto found = value::find_function(total_of(hash), {.exact = true});
  REQUIRE(found.has_value());
  CHECK((*found)->ref.module == hash);
  // Another program's functions of the same name are not served by it.
  CHECK(find_function(total_of(Key{1, 1})).value()->ref.module != hash);
  FunctionRef missing = total_of(hash);
  missing.symbol = task_function<&sample::greet>().ref.symbol;
  missing.signature = task_function<&sample::greet>().ref.signature;
  CHECK_THAT(value::find_function(missing, {.exact = true}).error().message(),
             Contains("does not register") && Contains("greet"));
  FunctionRef other = total_of(hash);
  other.signature = hash_text("int32()").lo;
  CHECK_THAT(value::find_function(other, {.exact = true, .signature = "int32()"}).error().message(),
             Contains("int32()") && Contains("float64(vector<float64>)"));
}

TEST_CASE("functions of the program go by the name of the module that is offered for them") {
  const File copy(read(TARTAN_SAMPLE_NEXT) + "another copy");
  const FunctionInfo& before = task_function<&sample::total>();
  const auto offered = value::offer_module(copy.path);
  REQUIRE(offered.has_value());
  CHECK(value::has_modules());
  CHECK(value::find_module(offered->hash)->path == copy.path);
  const FunctionInfo& after = task_function<&sample::total>();
  CHECK(after.ref.module == offered->hash);
  CHECK(after.ref.symbol == before.ref.symbol);
  CHECK(after.wrapper == before.wrapper);
  CHECK(before.ref.module != offered->hash);
  CHECK(find_function(after.ref).value() == &after);
}
