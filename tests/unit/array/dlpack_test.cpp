#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;

namespace {

/// A 2 x 3 tensor of memory in the test, which counts how often it is freed.
struct Owned {
  double elements[6] = {0, 1, 2, 3, 4, 5};
  std::int64_t shape[2] = {2, 3};
  std::int64_t strides[2] = {3, 1};
  int freed = 0;
  ManagedDlpackTensor managed;

  Owned() {
    managed.tensor.data = elements;
    managed.tensor.ndim = 2;
    managed.tensor.type_code = 2;
    managed.tensor.type_bits = 64;
    managed.tensor.shape = shape;
    managed.tensor.strides = strides;
    managed.context = this;
    managed.deleter = [](ManagedDlpackTensor* one) { ++static_cast<Owned*>(one->context)->freed; };
  }
};

}  // namespace

TEST_CASE("an array of another library is not copied and freed once, after its last use") {
  Inline run;
  Owned owned;
  {
    const auto x = from_dlpack(&owned.managed, {1, 2});
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x.num_chunks() == 4);
    CHECK(values<double>(x) == Doubles{0, 1, 2, 3, 4, 5});
    CHECK(owned.freed == 0);
  }
  CHECK(owned.freed == 1);
  // What is small travels inside the graph, and is copied.
  const std::vector<double> large(1 << 17, 3.0);
  Owned whole;
  whole.shape[0] = 1 << 16;
  whole.shape[1] = 2;
  whole.strides[0] = 2;
  whole.managed.tensor.data = const_cast<double*>(large.data());
  const auto same = from_dlpack(&whole.managed).compute_chunk();
  CHECK(static_cast<const void*>(same.data.data()) == large.data());
}

TEST_CASE("elements in another order than C's are copied at once, from wherever they begin") {
  Inline run;
  Owned owned;
  owned.shape[0] = 3;
  owned.shape[1] = 2;
  owned.strides[0] = -1;
  owned.strides[1] = 3;
  owned.managed.tensor.byte_offset = 2 * sizeof(double);
  const auto x = from_dlpack(&owned.managed);
  CHECK(owned.freed == 1);
  owned.elements[0] = 9;
  CHECK(values<double>(x) == Doubles{2, 5, 1, 4, 0, 3});
}

TEST_CASE("what cannot be taken over stays the caller's") {
  Owned owned;
  owned.managed.tensor.device_type = 2;
  CHECK_THROWS_WITH(from_dlpack(&owned.managed), Contains("type 2") && Contains("CPU"));
  owned.managed.tensor.device_type = 1;
  CHECK_THROWS_AS(from_dlpack(&owned.managed, {5}), ValueError);
  owned.managed.tensor.type_bits = 16;
  CHECK_THROWS_AS(from_dlpack(&owned.managed), TypeError);
  CHECK_THROWS_AS(from_dlpack(nullptr), ValueError);
  CHECK(owned.freed == 0);
}

TEST_CASE("an array lends its elements to other libraries, in every dtype") {
  Inline run;
  for (std::uint8_t number = 0; number < kDTypeCount; ++number) {
    const auto x = counting({3, 2}, {2, 1}, static_cast<DType>(number));
    auto* lent = to_dlpack(x);
    CHECK(lent->tensor.strides == nullptr);
    const auto back = from_dlpack(lent);
    CHECK(back.dtype() == x.dtype());
    CHECK(back.shape() == x.shape());
    CHECK(all(equal(back, x)).item<bool>());
  }
}
