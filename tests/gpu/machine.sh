# Sourced by acceptance: finds on the GPU machine what the binaries need, or says what is not there.
# shellcheck shell=bash disable=SC2154

use_machine() {
  set_paths
  require_gpu
  require_libraries
}

# Those that decide which binaries run on this processor.
instructions() {
  grep -m1 '^flags' /proc/cpuinfo | tr ' ' '\n' |
    grep -E '^(avx|fma|bmi|f16c|amx|gfni|vaes|vpclmul|sse4|movbe|adx|sha_ni|cldemote)' | sort -u |
    paste -sd ' '
}

set_paths() {
  local folder library name known
  known=$(ldconfig -p)
  for folder in "${CUDA_HOME:-/usr/local/cuda}" /usr/local/cuda /usr/local/nvidia; do
    PATH=$PATH:$folder/bin:$folder/compute-sanitizer
  done
  export PATH=$dir/mpi/bin:$PATH
  export OPAL_PREFIX=$dir/mpi OPAL_LIBDIR=$dir/lib OPAL_PKGLIBDIR=$dir/mpi/plugins
  export OPAL_PKGDATADIR=$dir/mpi/share OPAL_SYSCONFDIR=$dir/mpi/etc OPAL_BINDIR=$dir/mpi/bin
  export PMIX_MCA_pcompress_base_silence_warning=1  # its plugins for compression stay behind
  # shellcheck source-path=SCRIPTDIR/../../cmake
  source "$dir/mpi-env"

  # The machine's own library where it has one, but one Tutti and one Open MPI.
  rm -rf "${state:?}/lib"
  mkdir -p "$state/lib"
  for library in "$dir"/lib/*; do
    name=${library##*/}
    if [[ $name =~ ^lib(tutti|mpi|open-|pmix|prrte|mca_common) ]] || ! grep -qF "$name " <<<"$known"; then
      ln -s "$library" "$state/lib/$name"
    fi
  done
  export LD_LIBRARY_PATH=$state/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

require_gpu() {
  local gpus name capability built here_too flag
  command -v nvidia-smi >/dev/null || fail "no GPU: nvidia-smi is not there"
  gpus=$(timeout 60 nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader 2>&1) ||
    fail "no GPU: nvidia-smi says: $gpus"
  [[ $gpus == *,*,* ]] || fail "no GPU: nvidia-smi lists \"$gpus\""
  echo "$gpus" | tee "$state/gpus"
  IFS=, read -r name _ capability <<<"$gpus"
  built=$(sed -n 's/^architectures //p' "$dir/facts")
  # Machine code of this very architecture, or PTX of one that is no newer.
  tr ' ' '\n' <<<"$built" | awk -F_ -v here="${capability//[ .]/}" \
    '$1 == "sm" && $2 + 0 == here || $1 == "compute" && $2 + 0 <= here {found = 1}
     END {exit !found}' || fail "$name has compute capability$capability, the binaries are for $built"
  here_too=$(instructions)
  while read -r flag; do
    [[ " $here_too " == *" $flag "* ]] ||
      fail "this processor lacks $flag, which the build machine has: build with -DTUTTI_NATIVE=OFF"
  done < <(sed -n 's/^instructions //p' "$dir/facts" | tr ' ' '\n')
}

# Folders with the libraries of NVIDIA: the Toolkit, the driver, and those inside Python wheels.
nvidia_folders() {
  printf '%s\n' "${CUDA_HOME:-/usr/local/cuda}"/lib64 /usr/local/cuda*/lib64 \
                /usr/local/cuda*/targets/*/lib /usr/local/nvidia/lib64
  local site
  for site in $(python3 -c 'import sys; print("\n".join(sys.path))' 2>/dev/null); do
    printf '%s\n' "$site"/nvidia/*/lib
  done
}

require_libraries() {
  local name folder lost known
  known=$(ldconfig -p)
  # Nothing links the driver's library: the runtime opens it.
  for name in libcuda.so.1 $(needs | awk '/=> not found/ {print $1}' | sort -u); do
    if [[ $name != libcuda* ]] || ! grep -qF "$name " <<<"$known"; then add_folder_of "$name"; fi
  done
  lost=$(needs | grep 'not found' | sort -u | tr -s '\n\t' '  ') || true
  [[ -z $lost ]] || fail "not on this machine, nor in its CUDA Toolkit or Python wheels:$lost"
}
add_folder_of() {  # LIBRARY
  local folder
  while read -r folder; do
    if [[ -e $folder/$1 ]]; then
      [[ :$LD_LIBRARY_PATH: == *:$folder:* ]] || LD_LIBRARY_PATH+=:$folder
      return
    fi
  done < <(nvidia_folders)
}
needs() { for file in "$dir"/bin/* "$dir"/mpi/bin/mpirun; do ldd "$file" 2>&1 || true; done; }
