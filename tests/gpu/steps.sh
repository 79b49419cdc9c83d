# Sourced by acceptance: the steps, and when each has passed. A step is a function step_NAME, or a
# line of all_steps that one_step knows; it runs with the machine's paths set and its output in a log.
# shellcheck shell=bash disable=SC2154,SC2317

# Folders whose tests run on each device that there is.
folders=(tensor ops autograd nn optim)

# What a GPU file's tests are called; prepare notes them.
device_files() {
  if [[ -e ${dir:-}/device_files ]]; then
    cat "$dir/device_files"
  else
    (cd "$here/../device" && for file in cuda_*_test.cpp; do echo "${file%.cpp}"; done)
  fi
}

all_steps() {
  local file tool
  printf '%s\n' device "${folders[@]}"
  for tool in memcheck racecheck synccheck; do
    for file in $(device_files); do
      file=${file#cuda_}
      echo "$tool-${file%_test}"
    done
  done
  printf '%s\n' comm comm-mpi mnist-cpu mnist-1 mnist-2 all-reduce
}

describe_steps() {
  echo "device      test_device: each CUDA test"
  echo "FOLDER      test_FOLDER on the CPU and the GPU; needs device, which tells whether tests see it:"
  echo "            ${folders[*]}"
  echo "TOOL-FILE   tests/device/cuda_FILE_test.cpp under compute-sanitizer, QUICK_TESTS=1:"
  echo "            $(all_steps | grep check- | tr '\n' ' ')"
  echo "comm        test_comm: collectives of thread ranks that share the GPU, and NCCL where built"
  echo "comm-mpi    mpi_comm: collectives of 2 MPI ranks on the GPU"
  echo "mnist-cpu   samples/mnist on 1 rank, without the GPU: what the others are compared with"
  echo "mnist-1     on 1 rank with the GPU; needs mnist-cpu's accuracy"
  echo "mnist-2     on 2 ranks with the GPU; needs mnist-1's weights"
  echo "all-reduce  tutti-bench all_reduce of 2 ranks, in host memory, against MPI's"
}

one_step() {
  step_name=$1
  case $1 in
    memcheck-* | racecheck-* | synccheck-*) sanitize "${1%%-*}" "cuda_${1#*-}_test" ;;
    tensor | ops | autograd | nn | optim)
      grep -qs ^pass "$state/device.result" || fail "device has not passed; run it first"
      run_tests "$dir/bin/test_$1"
      ;;
    *) "step_${1//-/_}" ;;
  esac
}

# What the table shows of a step that passed. A step without one has checked nothing and fails.
note() { echo "$*" >"$state/$step_name.note"; }

# Tests skip themselves where they see no GPU, and Catch2 takes it for a success to run none.
run_tests() {  # COMMAND...
  local output=$state/$step_name.output code=0 summary
  "$@" >"$output" 2>&1 || code=$?
  cat "$output"
  ! grep -q "skipped:" "$output" || fail "tests skipped themselves: $(grep -m1 -o 'skipped:.*' "$output")"
  ((code == 0)) || fail "exit code $code of ${*: -3}"
  summary=$(grep -m1 -oE 'All tests passed \([1-9][0-9]* assertions? in [1-9][0-9]* test cases?' \
              "$output") || fail "no test ran"
  note "${summary#*(}"
}

# What is known to skip itself where there is no GPU.
step_device() { run_tests "$dir/bin/test_device" "cuda:*"; }
step_comm() { run_tests "$dir/bin/test_comm" "[cuda]"; }
step_comm_mpi() { run_tests mpi 2 "$dir/bin/mpi_comm" "[cuda]"; }

sanitize() {  # TOOL FILE
  local clean="ERROR SUMMARY: 0 errors" only=()
  if [[ $1 == racecheck ]]; then
    clean="RACECHECK SUMMARY: 0 hazards displayed"
    only=(--kernel-name kns=tutti)  # cuBLASLt's kernels are not ours to mend, and take long
  fi
  command -v compute-sanitizer || fail "no compute-sanitizer in PATH or in the CUDA Toolkit"
  QUICK_TESTS=1 run_tests compute-sanitizer --tool "$1" "${only[@]}" --error-exitcode 99 \
                          "$dir/bin/test_device" --filenames-as-tags "[#$2]"
  grep -q "$clean" "$state/$step_name.output" || fail "$1 does not say \"$clean\""
}

mpi() { mpirun -np "$@"; }

# 12,000 drawn digits in two shards a step, whatever the number of ranks: the same sums.
mnist() {  # RANKS DEVICE
  local accuracy speed
  mpi "$1" "$dir/bin/mnist" --epochs 3 --shards 2 --device "$2"
  accuracy=$(figure "$step_name" accuracy) speed=$(figure "$step_name" samples_per_second)
  grep -qE "ranks \($2(:[0-9]+)?\)" "$state/$step_name.log" || fail "it did not run on $2"
  note "accuracy $accuracy, $speed samples/s"
  awk -v a="$accuracy" 'BEGIN {exit !(a >= 0.97)}' || fail "accuracy $accuracy, expected 0.97 or more"
}
# A figure of the line that begins with "result" in a step's log.
figure() {  # STEP NAME
  local line
  line=$(grep -m1 "^result " "$state/$1.log") || fail "$1 has printed no result; run it first"
  [[ $line =~ \ $2=([^ ]+) ]] || fail "the result of $1 has no $2"
  echo "${BASH_REMATCH[1]}"
}
step_mnist_cpu() { mnist 1 cpu; }
# Of 2,000 test images at 0.988 the accuracy has a deviation of 0.0024, a difference 0.0034.
step_mnist_1() {
  mnist 1 cuda
  local here there
  here=$(figure mnist-1 accuracy) there=$(figure mnist-cpu accuracy)
  awk -v a="$here" -v b="$there" 'BEGIN {d = a - b; exit !(d < 0.01 && d > -0.01)}' ||
    fail "accuracy $here, on the CPU $there: more than 0.01 apart"
}
step_mnist_2() {
  mnist 2 cuda
  local here there
  here=$(figure mnist-2 weights) there=$(figure mnist-1 weights)
  [[ $here == "$there" ]] || fail "weights $here, on 1 rank $there"
}

step_all_reduce() {
  local rows
  mpi 2 --bind-to core "$dir/bin/tutti-bench" all_reduce -b 8 -e 64M -f 8 --vs mpi \
      --json "$state/all_reduce.json"
  rows=$(grep -cE '"time_us": [0-9]' "$state/all_reduce.json") || fail "no row was measured"
  note "$rows rows, verified; see all-reduce.log"
}
