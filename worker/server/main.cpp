#include <worker/server/cli.hpp>

int main(int argc, char** argv) { return tartan::worker::worker_main(argc, argv); }
