#include "graphs.hpp"

using namespace tartan;
using namespace tartan::test;
using Ref = GraphBuilder::Ref;

namespace {

const FunctionInfo kLoad = function_named("load");
const FunctionInfo kAdd = function_named("add");

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Ref pure(GraphBuilder& builder, const FunctionInfo& function, std::string_view arguments,
         const std::vector<Ref>& dependencies = {}) {
  const auto bytes = bytes_of(arguments);
  return builder.add({.key = {},
                      .function = &function,
                      .group = {},
                      .dependencies = dependencies,
                      .arguments = bytes});
}

}  // namespace

TEST_CASE("the same function with the same arguments is one task") {
  GraphBuilder builder;
  const Ref a = pure(builder, kLoad, "1");
  const Ref b = pure(builder, kLoad, "1");
  const FunctionInfo same = function_named("load");
  const Ref c = pure(builder, same, "1");
  CHECK(builder.size() == 1);
  CHECK(builder.key(a) == builder.key(b));
  CHECK(builder.key(a) == builder.key(c));
}

TEST_CASE("another function, argument or order of dependencies makes another key") {
  GraphBuilder builder;
  const Ref a = pure(builder, kLoad, "1");
  const Ref b = pure(builder, kLoad, "2");
  pure(builder, kAdd, "1");
  pure(builder, kAdd, "", {a, b});
  pure(builder, kAdd, "", {b, a});
  pure(builder, kAdd, "", {a});
  CHECK(builder.size() == 6);
}

TEST_CASE("derived keys are the same in every builder") {
  GraphBuilder first;
  GraphBuilder second;
  pure(second, kAdd, "something else before");
  const Ref a = pure(first, kAdd, "x", {pure(first, kLoad, "1")});
  const Ref b = pure(second, kAdd, "x", {pure(second, kLoad, "1")});
  CHECK(first.key(a) == second.key(b));
}

TEST_CASE("a dependency on a known key makes the same key as one on its task") {
  GraphBuilder first;
  GraphBuilder second;
  const Ref task = pure(first, kLoad, "1");
  const Ref a = pure(first, kAdd, "", {task});
  const Ref b = pure(second, kAdd, "", {second.external(first.key(task))});
  CHECK(first.key(a) == second.key(b));
}

TEST_CASE("a key the scheduler knows is not computed again") {
  GraphBuilder builder;
  const Ref known = builder.external(Key{5, 5});
  const FunctionInfo& f = kLoad;
  const Ref again = builder.add(
      {.key = Key{5, 5}, .function = &f, .group = {}, .dependencies = {}, .arguments = {}});
  CHECK(builder.size() == 0);
  builder.want(pure(builder, kAdd, "", {again, known}));
  builder.want(known);
  const Graph graph = builder.build();
  CHECK(graph.size() == 1);
  CHECK(graph.external_keys == std::vector<Key>{Key{5, 5}});
  CHECK(graph.deps == std::vector<std::uint32_t>{1, 1});
  CHECK(graph.dependency_key(1) == Key{5, 5});
  CHECK(graph.wanted == std::vector<std::uint32_t>{0});
  CHECK(graph.validate());
}

TEST_CASE("an external key that is a task of the builder means that task") {
  GraphBuilder builder;
  const Ref task = pure(builder, kLoad, "1");
  builder.want(pure(builder, kAdd, "", {builder.external(builder.key(task))}));
  const Graph graph = builder.build();
  CHECK(graph.external_keys.empty());
  CHECK(graph.deps == std::vector<std::uint32_t>{0});
}

TEST_CASE("tasks, functions, groups, options and keys that nothing wanted needs are dropped") {
  GraphBuilder builder;
  const TaskOptions picky{.retries = 3, .priority = -1, .workers = {"w"}, .resources = {}};
  const FunctionInfo unused = function_named("unused");
  const Ref dead = builder.add({.key = {},
                                .function = &unused,
                                .group = "dead",
                                .dependencies = {},
                                .arguments = {},
                                .options = &picky});
  const Ref known = builder.external(Key{9, 9});
  pure(builder, kAdd, "dead too", {dead, known});
  const Ref kept = pure(builder, kLoad, "kept");
  const Ref other = builder.external(Key{8, 8});
  builder.want(pure(builder, kAdd, "wanted", {other, kept}));
  const Graph graph = builder.build();
  REQUIRE(graph.validate());
  CHECK(graph.size() == 2);
  CHECK(graph.functions == std::vector{kLoad.ref, kAdd.ref});
  CHECK(graph.groups == std::vector<std::string>{"load", "add"});
  CHECK(graph.options == std::vector{TaskOptions{}});
  CHECK(graph.external_keys == std::vector{Key{8, 8}});
  CHECK(graph.deps == std::vector<std::uint32_t>{2, 0});
  CHECK(graph.wanted == std::vector<std::uint32_t>{1});
  CHECK(std::ranges::equal(graph.arguments(0), bytes_of("kept")));
  CHECK(std::ranges::equal(graph.arguments(1), bytes_of("wanted")));
}

TEST_CASE("nothing wanted, nothing built") {
  GraphBuilder builder;
  pure(builder, kLoad, "1");
  const Graph graph = builder.build();
  CHECK(graph.size() == 0);
  CHECK(graph.validate());
}

TEST_CASE("each group counts its own tasks, and a task may name its group") {
  GraphBuilder builder;
  for (int i = 0; i < 3; ++i) {
    builder.want(pure(builder, kLoad, std::to_string(i)));
    const auto bytes = bytes_of(std::to_string(i));
    builder.want(builder.add(
        {.key = {}, .function = &kAdd, .group = "sum", .dependencies = {}, .arguments = bytes}));
  }
  const Graph graph = builder.build();
  CHECK(graph.groups == std::vector<std::string>{"load", "sum"});
  CHECK(graph.group == std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1});
  CHECK(graph.group_index == std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2});
}

TEST_CASE("equal options are stored once, and declared bytes go with their task") {
  GraphBuilder builder;
  for (int i = 0; i < 4; ++i) {
    const TaskOptions options{
        .retries = i % 2 == 0 ? 1U : 2U, .priority = 0, .workers = {}, .resources = {{"gpu", 1.0}}};
    const auto bytes = bytes_of(std::to_string(i));
    builder.want(builder.add({.key = {},
                              .function = &kLoad,
                              .group = {},
                              .dependencies = {},
                              .arguments = bytes,
                              .output_bytes = 10,
                              .scratch_bytes = static_cast<std::uint64_t>(i),
                              .options = &options}));
  }
  const Graph graph = builder.build();
  CHECK(graph.option == std::vector<std::uint32_t>{0, 1, 0, 1});
  CHECK(graph.options[1].retries == 2);
  CHECK(graph.output_bytes == std::vector<std::uint64_t>{10, 10, 10, 10});
  CHECK(graph.scratch_bytes == std::vector<std::uint64_t>{0, 1, 2, 3});
}

TEST_CASE("a builder starts over after build, and a moved one goes on") {
  GraphBuilder builder;
  const Ref a = pure(builder, kLoad, "1");
  builder.want(a);
  CHECK(builder.build().size() == 1);
  CHECK(builder.size() == 0);
  pure(builder, kLoad, "1");
  GraphBuilder moved = std::move(builder);
  pure(moved, kLoad, "1");
  moved.want(pure(moved, kLoad, "2"));
  CHECK(moved.size() == 2);
  CHECK(moved.build().size() == 1);
}
