// A client program whose tasks come from a module: linked with one version of it, and given the
// path of a module to bring along ("-": none). Prints facts for test_modules.py.

#include <e2e/modules/versions.hpp>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tartan/client.hpp>
#include <vector>

namespace {

using Words = std::vector<std::string>;

void say(const std::string& text) { std::cout << text << std::endl; }

void bring(tartan::Client& client, const std::string& module) {
  if (module != "-") client.upload_module(module);
}

/// MODULE "threads"|"processes": the same on a cluster of this program's own.
void own_cluster(const Words& words) {
  const tartan::LocalCluster cluster({.workers = 2, .processes = words.at(1) == "processes"});
  tartan::Client client(cluster);
  bring(client, words.at(0));
  say("told " + client.submit<&versions::told>(std::int64_t{5}, std::int64_t{0}).get());
  say("told " + client.submit<&versions::told_inside>(std::int64_t{6}).get());
}

/// ADDRESS MODULE COUNT MILLISECONDS: the different answers, without their numbers.
void run(const Words& words) {
  tartan::Client client(words.at(0));
  bring(client, words.at(1));
  std::vector<std::int64_t> numbers(std::stoul(words.at(2)));
  std::iota(numbers.begin(), numbers.end(), 1);
  const auto futures = client.map<&versions::told>(
      tartan::Options{.pure = false}, numbers, static_cast<std::int64_t>(std::stol(words.at(3))));
  say("started");
  std::set<std::string> answers;
  for (std::size_t i = 0; i < futures.size(); ++i) {
    std::string answer = futures[i].get();
    const std::string number = " " + std::to_string(numbers[i]);
    if (!answer.ends_with(number)) throw std::runtime_error("wrong answer: " + answer);
    answers.insert(answer.substr(0, answer.size() - number.size()));
  }
  for (const std::string& answer : answers) say("told " + answer);
}

/// ADDRESS MODULE: tasks of the module that submit others of it.
void nested(const Words& words) {
  tartan::Client client(words.at(0));
  bring(client, words.at(1));
  say("told " + client.submit<&versions::told_inside>(std::int64_t{7}).get());
}

/// ADDRESS MODULE: the function whose signature differs between versions.
void number(const Words& words) {
  tartan::Client client(words.at(0));
  bring(client, words.at(1));
  say("number " + std::to_string(client.submit<&versions::number>(std::int64_t{5}).get()));
}

/// ADDRESS MODULE FILE: a task that outlives its client.
void detach(const Words& words) {
  tartan::Client client(words.at(0));
  bring(client, words.at(1));
  say("uploaded");
  std::string line;
  std::getline(std::cin, line);
  tartan::fire_and_forget(client.submit<&versions::write_file>(words.at(2)));
  say("submitted");
}

/// ADDRESS: what the scheduler has of modules.
void modules(const Words& words) {
  tartan::Client client(words.at(0));
  say(client.info("modules"));
}

}  // namespace

int main(int argc, char** argv) {
  tartan::init(argc, argv);
  const Words words(argv + std::min(argc, 2), argv + argc);
  const std::map<std::string, void (*)(const Words&)> commands = {
      {"run", run},       {"own", own_cluster}, {"nested", nested},
      {"number", number}, {"detach", detach},   {"modules", modules}};
  try {
    commands.at(argc > 1 ? argv[1] : "")(words);
  } catch (const tartan::Exception& error) {
    say(std::string("error ") + std::string(tartan::name(error.code())) + ": " + error.what());
    return 1;
  }
  return 0;
}
