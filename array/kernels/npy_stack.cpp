#include <array/kernels/npy.hpp>
#include <array/kernels/npy_stack.hpp>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <tartan/base/exceptions.hpp>
#include <vector>

namespace tartan::array {
namespace {

/// What a pickle may hold here. Globals and what is made of them are opaque.
struct Item {
  enum class Kind : std::uint8_t { opaque, integer, text, sequence, dict, mark };
  Kind kind = Kind::opaque;
  std::int64_t number = 0;
  std::string text = {};
  std::vector<Item> items = {};  ///< of a dict keys and values in turn
};

class Unpickler {
 public:
  Unpickler(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  Item run() {
    for (;;) {
      const auto opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == '.') return pop();
      if (!constant(opcode) && !container(opcode)) malformed();
    }
  }

  [[noreturn]] void malformed() const {
    throw ValueError(fmt::format("{} is not the info of a stack of .npy files", path_));
  }

 private:
  static constexpr std::size_t kMostRecalled = 10'000'000;

  /// Numbers and strings, and what is of no interest.
  bool constant(unsigned char opcode) {
    switch (opcode) {
      case 0x80:
        take(1);
        return true;  // PROTO
      case 0x95:
        take(8);
        return true;  // FRAME
      case 'K':
        return push_number(unsigned_number(1));
      case 'M':
        return push_number(unsigned_number(2));
      case 'J':
        return push_number(static_cast<std::int32_t>(unsigned_number(4)));
      case 0x8A:
        return push_number(long_number(unsigned_number(1)));
      case 0x8C:
        return push_text(unsigned_number(1));
      case 'X':
        return push_text(unsigned_number(4));
      case 'N':
      case 0x88:
      case 0x89:
        return push({});
      case 'c':
        line();
        line();
        return push({});  // GLOBAL
      case 0x93:
        pop();
        pop();
        return push({});  // STACK_GLOBAL
      case 'R':
        pop();
        pop();
        return push({});
      case 'b':
        pop();
        return true;
      case 0x94:
        memo_[memo_.size()] = top();
        return true;
      case 'q':
        memo_[unsigned_number(1)] = top();
        return true;
      case 'r':
        memo_[unsigned_number(4)] = top();
        return true;
      case 'h':
        return recall(unsigned_number(1));
      case 'j':
        return recall(unsigned_number(4));
      default:
        return false;
    }
  }

  bool container(unsigned char opcode) {
    switch (opcode) {
      case '(':
        return push({.kind = Item::Kind::mark});
      case ')':
      case ']':
        return push({.kind = Item::Kind::sequence});
      case '}':
        return push({.kind = Item::Kind::dict});
      case 't':
        return push({.kind = Item::Kind::sequence, .items = since_mark()});
      case 0x85:
        return push_tuple(1);
      case 0x86:
        return push_tuple(2);
      case 0x87:
        return push_tuple(3);
      case 'a':
        return extend(last(1));
      case 's':
        return extend(last(2));
      case 'e':
      case 'u':
        return extend(since_mark());
      default:
        return false;
    }
  }

  std::string_view take(std::size_t count) {
    if (bytes_.size() - at_ < count) malformed();
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  void line() {
    while (take(1)[0] != '\n') continue;
  }
  std::size_t unsigned_number(std::size_t count) {
    std::size_t number = 0;
    std::size_t shift = 0;
    for (const char byte : take(count)) {
      number |= static_cast<std::size_t>(static_cast<unsigned char>(byte)) << shift;
      shift += 8;
    }
    return number;
  }
  std::int64_t long_number(std::size_t count) {
    if (count > 8) malformed();
    if (count == 0) return 0;
    const auto unused = static_cast<unsigned>(64 - 8 * count);
    return static_cast<std::int64_t>(unsigned_number(count) << unused) >> unused;
  }
  bool push(Item item) {
    stack_.push_back(std::move(item));
    return true;
  }
  bool push_number(std::size_t number) { return push_number(static_cast<std::int64_t>(number)); }
  bool push_number(std::int64_t number) {
    return push({.kind = Item::Kind::integer, .number = number});
  }
  bool push_number(std::int32_t number) { return push_number(std::int64_t{number}); }
  bool push_text(std::size_t length) {
    return push({.kind = Item::Kind::text, .text = std::string(take(length))});
  }
  bool push_tuple(std::size_t count) {
    return push({.kind = Item::Kind::sequence, .items = last(count)});
  }
  Item& top() {
    if (stack_.empty()) malformed();
    return stack_.back();
  }
  Item pop() {
    Item item = std::move(top());
    stack_.pop_back();
    return item;
  }
  /// An object that is there again. Only flat ones, and so many elements, lest a short file becomes
  /// a large object.
  bool recall(std::size_t number) {
    const auto found = memo_.find(number);
    if (found == memo_.end()) malformed();
    recalled_ += found->second.items.size();
    for (const auto& item : found->second.items) {
      if (!item.items.empty()) malformed();
    }
    if (recalled_ > kMostRecalled) malformed();
    return push(found->second);
  }
  std::vector<Item> last(std::size_t count) {
    if (stack_.size() < count) malformed();
    const auto from = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Item> items(std::make_move_iterator(from), std::make_move_iterator(stack_.end()));
    stack_.resize(stack_.size() - count);
    return items;
  }
  std::vector<Item> since_mark() {
    std::size_t count = 0;
    while (count < stack_.size() && stack_[stack_.size() - 1 - count].kind != Item::Kind::mark) {
      ++count;
    }
    auto items = last(count);
    pop();
    return items;
  }
  bool extend(std::vector<Item> items) {
    auto& to = top().items;
    to.insert(to.end(), std::make_move_iterator(items.begin()),
              std::make_move_iterator(items.end()));
    return true;
  }

  std::string_view bytes_;
  const std::string& path_;
  std::size_t at_ = 0;
  std::vector<Item> stack_;
  std::map<std::size_t, Item> memo_;
  std::size_t recalled_ = 0;
};

void put_text(std::string& to, std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  char bytes[4];
  std::memcpy(bytes, &length, 4);
  to.append("X").append(bytes, 4).append(text);
}
void put_number(std::string& to, std::int64_t number) {
  char bytes[8];
  std::memcpy(bytes, &number, 8);
  to.append("\x8A\x08").append(bytes, 8);
}

}  // namespace

std::string write_stack_info(const StackInfo& info, DType dtype) {
  std::string pickle = "\x80\x02}(";
  put_text(pickle, "chunks");
  pickle += '(';
  for (const auto& axis : info.chunks) {
    pickle += '(';
    for (const auto length : axis) put_number(pickle, length);
    pickle += 't';
  }
  pickle += 't';
  put_text(pickle, "dtype");
  pickle += "cnumpy\ndtype\n";
  put_text(pickle, npy_type(dtype));
  pickle += "\x85R";
  put_text(pickle, "axis");
  put_number(pickle, info.axis);
  return pickle + "u.";
}

StackInfo read_stack_info(std::string_view pickle, const std::string& path) {
  Unpickler unpickler(pickle, path);
  const Item dict = unpickler.run();
  StackInfo info;
  bool has_chunks = false;
  bool has_axis = false;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const auto& value = dict.items[i + 1];
    if (dict.items[i].text == "axis" && value.kind == Item::Kind::integer) {
      info.axis = value.number;
      has_axis = true;
    } else if (dict.items[i].text == "chunks" && value.kind == Item::Kind::sequence) {
      has_chunks = true;
      for (const auto& axis : value.items) {
        auto& sizes = info.chunks.emplace_back();
        for (const auto& size : axis.items) {
          if (size.kind != Item::Kind::integer || size.number < 0) unpickler.malformed();
          sizes.push_back(size.number);
        }
      }
    }
  }
  const auto axes = static_cast<std::int64_t>(info.chunks.size());
  if (!has_chunks || !has_axis || info.axis < 0 || info.axis >= axes) unpickler.malformed();
  return info;
}

}  // namespace tartan::array
