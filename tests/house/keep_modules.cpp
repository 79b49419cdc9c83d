// Under the leak checker modules stay loaded to the end: Open MPI unloads its plugins, and stacks
// through unloaded code have no names that lsan.supp could match.
extern "C" __attribute__((weak)) int dlclose(void*) {
  return 0;
}
