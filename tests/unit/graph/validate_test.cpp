#include <functional>

#include "graphs.hpp"

using namespace tartan;
using namespace tartan::test;

namespace {

/// Four tasks, an external key, everything in order.
Graph sound_graph() {
  const FunctionInfo load = function_named("load");
  const FunctionInfo add = function_named("add");
  GraphBuilder builder;
  const auto a = add_task(builder, load);
  const auto b = add_task(builder, load, {builder.external(Key{3, 3})});
  builder.want(add_task(builder, add, {a, b}));
  builder.want(add_task(builder, add, {b, a}));
  return builder.build();
}

struct Fault {
  std::string named;  ///< what the message must mention
  std::function<void(Graph&)> make;
};

}  // namespace

TEST_CASE("a built graph is valid") { CHECK(sound_graph().validate()); }

TEST_CASE("every broken column is found and named") {
  const std::vector<Fault> faults{
      {"function", [](Graph& g) { g.function.pop_back(); }},
      {"function", [](Graph& g) { g.function[1] = 2; }},
      {"group", [](Graph& g) { g.group[3] = 0xFFFFFFFF; }},
      {"group_index", [](Graph& g) { g.group_index.push_back(0); }},
      {"option", [](Graph& g) { g.option[0] = 1; }},
      {"options", [](Graph& g) { g.options.clear(); }},
      {"rank", [](Graph& g) { g.rank[0] = 4; }},
      {"rank", [](Graph& g) { g.rank[0] = g.rank[1]; }},
      {"ranked before", [](Graph& g) { std::swap(g.rank[0], g.rank[2]); }},
      {"dep_offsets", [](Graph& g) { g.dep_offsets.clear(); }},
      {"dep_offsets", [](Graph& g) { g.dep_offsets[0] = 1; }},
      {"dep_offsets", [](Graph& g) { g.dep_offsets[1] = 0xFFFFFFFF; }},
      {"dep_offsets", [](Graph& g) { g.deps.push_back(0); }},
      {"deps", [](Graph& g) { g.deps[0] = 5; }},
      {"arg_offsets", [](Graph& g) { g.arg_offsets[2] = 1; }},
      {"arg_offsets", [](Graph& g) { g.args.emplace_back(); }},
      {"output_bytes", [](Graph& g) { g.output_bytes.clear(); }},
      {"scratch_bytes", [](Graph& g) { g.scratch_bytes.clear(); }},
      {"wanted", [](Graph& g) { g.wanted[0] = 4; }},
      {"wanted twice", [](Graph& g) { g.wanted[0] = g.wanted[1]; }},
      {"key", [](Graph& g) { g.keys[0] = g.keys[1]; }},
      {"null", [](Graph& g) { g.keys[0] = Key{}; }},
      {"null", [](Graph& g) { g.external_keys[0] = Key{}; }},
      {"external key", [](Graph& g) { g.external_keys[0] = g.keys[2]; }},
  };
  for (const Fault& fault : faults) {
    Graph graph = sound_graph();
    fault.make(graph);
    const auto verdict = graph.validate();
    INFO(fault.named);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().code() == Errc::malformed);
    CHECK_THAT(verdict.error().message(), Catch::Contains(fault.named));
  }
}

TEST_CASE("a cycle is found and told from a wrong rank") {
  Graph graph = sound_graph();
  graph.deps[0] = 2;  // task 1 needs task 2, which needs task 1
  const auto verdict = graph.validate();
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code() == Errc::cycle);
}
