#include <catch2/catch.hpp>
#include <core/value/symbol.hpp>
#include <map>
#include <random>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/function.hpp>

using namespace tartan;
using Catch::Matchers::Contains;

namespace geo {
double norm(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return sum;
}
int pick(int value) noexcept { return value; }
int pick(double value) { return static_cast<int>(value) + 100; }
}  // namespace geo

double add(double a, double b) { return a + b; }
double gather(std::vector<double> values) { return geo::norm(values); }
std::string consume(std::string&& text, std::map<std::string, int> counts) {
  counts[text] += 1;
  return text + std::to_string(counts.size());
}
void discard(const std::string&) {}
Value second(Arguments& arguments) {
  static_cast<void>(arguments.next());
  return arguments.next();
}
Value same(Value value) { return value; }
template <int N>
int plus(int value) {
  return value + N;
}
enum class Side { left = 1, right = 2 };
template <Side S>
int on(int value) {
  return value * static_cast<int>(S);
}
bool shares(const std::vector<double>& v, std::uint64_t data) {
  return reinterpret_cast<std::uint64_t>(v.data()) == data;
}

// Registered by the explicit instantiation alone; nothing below names it.
int only_exported(int value) { return value; }
template struct tartan::ExportTasks<&only_exported>;

namespace {

int hidden(int value) { return -value; }
struct Secret {};
}  // namespace
static int internal(int value) { return value; }
template <class T>
int about(int value) {
  return value;
}

namespace {

template <auto F>
Value call(const ArgumentWriter& writer, const std::vector<Value>& dependencies = {}) {
  Arguments arguments(writer.bytes(), dependencies);
  return task_function<F>().wrapper(arguments);
}

template <class... T>
ArgumentWriter written(const T&... values) {
  ArgumentWriter writer;
  (writer.inline_object(values), ...);
  return writer;
}

}  // namespace

TEST_CASE("a function is called with inline arguments and with dependencies") {
  ArgumentWriter writer = written(1.5);
  writer.dependency(0);
  CHECK(call<&add>(writer, {Value::of(2.0)}).get<double>() == 3.5);
}

TEST_CASE("a dependency is passed by reference without a copy") {
  const Value vector = Value::of(std::vector<double>(1000, 1.0));
  ArgumentWriter writer;
  writer.dependency(0);
  writer.inline_object(reinterpret_cast<std::uint64_t>(vector.get<std::vector<double>>().data()));
  CHECK(call<&shares>(writer, {vector}).get<bool>());
}

TEST_CASE("an argument taken by value is a copy, and the shared object stays as it was") {
  const Value text = Value::of(std::string("key"));
  const Value counts = Value::of(std::map<std::string, int>{{"a", 1}});
  ArgumentWriter writer;
  writer.dependency(0);
  writer.dependency(1);
  CHECK(call<&consume>(writer, {text, counts}).get<std::string>() == "key2");
  CHECK(text.get<std::string>() == "key");
  CHECK(counts.get<std::map<std::string, int>>().size() == 1);
}

TEST_CASE("a function returning nothing gives none") {
  CHECK(call<&discard>(written(std::string("x"))).holds<std::monostate>());
}

TEST_CASE("a list of inline arguments and dependencies is gathered into a vector") {
  ArgumentWriter writer;
  writer.list(3);
  writer.inline_object(1.0);
  writer.dependency(1);
  writer.inline_object(3.0);
  CHECK(call<&gather>(writer, {Value(), Value::of(2.0)}).get<double>() == 14.0);
}

TEST_CASE("a raw kernel reads its arguments itself and may pass one on") {
  ArgumentWriter writer = written(1.0, std::string("b"));
  CHECK(call<&second>(writer).get<std::string>() == "b");
  const Value kept = Value::of(std::string("shared"));
  ArgumentWriter other = written(1.0);
  other.dependency(0);
  CHECK(&call<&second>(other, {kept}).get<std::string>() == &kept.get<std::string>());
  CHECK(&call<&same>(
             [] {
               ArgumentWriter w;
               w.dependency(0);
               return w;
             }(),
             {kept})
             .get<std::string>() == &kept.get<std::string>());
}

TEST_CASE("a lambda, a template and an overload can be tasks") {
  CHECK(call<[](int a, int b) { return a * b; }>(written(6, 7)).get<int>() == 42);
  CHECK(call<&plus<12>>(written(1)).get<int>() == 13);
  CHECK(call<static_cast<int (*)(double)>(&geo::pick)>(written(1.5)).get<int>() == 101);
  CHECK(call<static_cast<int (*)(int) noexcept>(&geo::pick)>(written(1)).get<int>() == 1);
}

TEST_CASE("arguments are converted to the parameter's type when they are written") {
  ArgumentWriter writer;
  write_argument<&add, 0>(writer, 1);
  write_argument<&add, 1>(writer, 2.5F);
  CHECK(call<&add>(writer).get<double>() == 3.5);
  ArgumentWriter text;
  write_argument<&discard, 0>(text, "literal");
  CHECK(call<&discard>(text).holds<std::monostate>());
  CHECK(kAcceptsArgument<std::string, const char*>);
  CHECK_FALSE(kAcceptsArgument<std::string, double>);
}

TEST_CASE("a dependency of another type is a TypeError naming argument, types and function") {
  ArgumentWriter writer = written(1.0);
  writer.dependency(0);
  CHECK_THROWS_WITH(call<&add>(writer, {Value::of(7)}), Contains("argument 2") && Contains("add") &&
                                                            Contains("float64") &&
                                                            Contains("int32"));
  CHECK_THROWS_AS(call<&add>(writer, {Value::of(7)}), TypeError);
  CHECK_THROWS_AS(call<&add>(written(1.0, std::string("x"))), TypeError);
}

TEST_CASE("a wrong number of arguments is a TypeError") {
  CHECK_THROWS_WITH(call<&add>(written(1.0)), Contains("takes 2 arguments, but 1 was given"));
  ArgumentWriter list;
  list.list(1);
  list.inline_object(1.0);
  list.inline_object(1.0);
  CHECK_THROWS_AS(call<&add>(list), TypeError);
}

TEST_CASE("names and signatures are for people and the same everywhere") {
  CHECK(task_function<&geo::norm>().name == "norm");
  CHECK(task_function<&geo::norm>().signature == "float64(vector<float64>)");
  CHECK(task_function<&consume>().signature == "string(string,map<string,int32>)");
  CHECK(task_function<&discard>().signature == "none(string)");
  CHECK(task_function<&second>().signature == "any(...)");
  CHECK(task_function<&hidden>().name == "hidden");
  CHECK(task_function<&plus<3>>().name == "plus");
  CHECK(task_function<[](int x) { return x; }>().name == "lambda");
  CHECK(task_function<&second>().name == "second");
}

TEST_CASE("only lambdas and internal linkage make a function local") {
  CHECK(task_function<&hidden>().ref.local);
  CHECK(task_function<&internal>().ref.local);
  CHECK(task_function<&about<Secret>>().ref.local);
  CHECK(task_function<[](int x) { return x + 1; }>().ref.local);
  CHECK_FALSE(task_function<&add>().ref.local);
  CHECK_FALSE(task_function<&geo::norm>().ref.local);
  CHECK_FALSE(task_function<&plus<4>>().ref.local);
  CHECK_FALSE(task_function<&on<Side::right>>().ref.local);
  CHECK_FALSE(task_function<&second>().ref.local);
}

TEST_CASE("local functions are recognised in the names of both compilers") {
  const std::string head = "N6tartan6detail11FunctionTagIX";
  for (const char* name :
       {"adL_ZL4statiEEE", "adL_ZN2nsL2stEiEEE", "tlZ4mainEUliE_EEE", "tlZ4mainE3$_0EEE",
        "adL_ZN12_GLOBAL__N_14anonEiEEE", "tl3$_0EEE", "tlN3nslMUliE_EEEE", "adL_ZL4stat3EeeEEE"}) {
    INFO(name);
    CHECK(value::is_local_symbol(head + name));
  }
  for (const char* name : {"adL_Z3extiEEE", "adL_ZN2ns1fERKdEEE", "adL_Z4addnILi12EEiiEEE",
                           "adL_Z3colIL5Color3EEiiEEE", "adL_Z3colILN2ns5ColorE3EEiiEEE",
                           "adL_Z4cfunEEE", "adL_ZN5ULoop4LoopEv", "adL_Z4tmplIdET_S4_EEE"}) {
    INFO(name);
    CHECK_FALSE(value::is_local_symbol(head + name));
  }
}

TEST_CASE("a function is found by its reference, also from another build when it is not local") {
  FunctionRef ref = task_function<&add>().ref;
  CHECK(find_function(ref).value() == &task_function<&add>());
  ref.module = hash_text("another executable");
  CHECK(find_function(ref).value() == &task_function<&add>());

  FunctionRef local = task_function<&hidden>().ref;
  CHECK(find_function(local).has_value());
  local.module = ref.module;
  REQUIRE_FALSE(find_function(local).has_value());
  CHECK_THAT(find_function(local).error().message(), Contains("hidden") && Contains("linkage"));
}

TEST_CASE("a function that was only exported is registered before main") {
  FunctionRef ref = task_function<&plus<1>>().ref;  // of the same signature
  ref.symbol = "N6tartan6detail11FunctionTagIXadL_Z13only_exportediEEEE";
  const auto found = find_function(ref);
  REQUIRE(found.has_value());
  CHECK((*found)->name == "only_exported");
}

TEST_CASE("an unknown function names itself and where it was looked for") {
  const auto found =
      find_function({Key{1, 2}, "N6tartan6detail11FunctionTagIXadL_Z7nowhereiEEEE", 1, false});
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code() == Errc::unknown_function);
  CHECK_THAT(found.error().message(),
             Contains("nowhere") && Contains("test_value") && Contains("--module"));
}

TEST_CASE("the hash of a reference depends on each of its parts") {
  const FunctionRef ref = task_function<&add>().ref;
  std::set<Key> hashes{ref.hash()};
  FunctionRef other = ref;
  other.module = Key{1, 1};
  hashes.insert(other.hash());
  other = ref;
  other.symbol += "x";
  hashes.insert(other.hash());
  other = ref;
  other.signature += 1;
  hashes.insert(other.hash());
  other = ref;
  other.local = !other.local;
  hashes.insert(other.hash());
  CHECK(hashes.size() == 5);
  CHECK(task_function<&add>().ref.hash() == ref.hash());
}
