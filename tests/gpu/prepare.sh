# Sourced by acceptance: packs what the GPU machine needs into DIR.
# shellcheck shell=bash disable=SC2154
limit_bytes=$((64 << 20))
binaries=(tests/test_{device,tensor,ops,autograd,nn,optim,comm} tests/mpi_comm samples/mnist
          bench/tutti-bench)

# Each file's libraries as `ldd` finds them, "-" for those not found, with their names before.
libraries_of() {  # FILE...
  for file; do { ldd "$file" 2>/dev/null || true; } done |
    awk '/ => / {print $1, ($3 ~ /^\//) ? $3 : "-"}' | sort -u
}

# One architecture a line, as the compiler was told.
architectures() {  # BUILD
  grep -oE 'code=\[?[a-z_0-9,]+' "$1/compile_commands.json" 2>/dev/null |
    grep -oE '(sm|compute)_[0-9]+[af]?' | sort -u
}

# MPI's launcher, its plugins but for those of networks, and its help texts, into DIR/mpi.
pack_mpi() {
  local plugins data settings
  if ! command -v ompi_info mpirun >/dev/null; then
    missing+=("Open MPI: install Debian's openmpi-bin")
    return
  fi
  place() { ompi_info --parsable --path "$1" | sed -n "s/^path:$1://p" | head -1; }
  plugins=$(place pkglibdir) data=$(place pkgdatadir) settings=$(place sysconfdir)
  mkdir -p "$dir/mpi"/{bin,plugins,share,etc}
  cp -L "$(command -v mpirun)" "$dir/mpi/bin/mpirun"
  find "$plugins" -maxdepth 1 -name 'mca_*.so' -print |
    grep -vE '_(ofi|ucx|psm2?|openib|usnic|portals4|monitoring|flux|jsm)\.so$' |
    grep -vE '/mca_(atomic|spml|sshmem|scoll|memheap|io_romio[0-9]*)[_.]' |
    xargs cp -L -t "$dir/mpi/plugins"
  cp -L "$data"/*.txt "$data"/*.ini "$dir/mpi/share" 2>/dev/null || true
  [[ ! -d $settings ]] || cp -L "$settings"/*.conf "$dir/mpi/etc" 2>/dev/null || true
}

# glibc is the machine's own, and so is all of NVIDIA's.
pack_libraries() {
  local name path
  mkdir -p "$dir/lib"
  while read -r name path; do
    [[ ! $name =~ ^(ld-linux.*|lib(c|m|mvec|dl|rt|pthread|resolv|util))\.so ]] || continue
    [[ ! $name =~ ^lib(cu|nv|nccl) ]] || continue
    if [[ $path == - ]]; then missing+=("the library $name"); else strip -o "$dir/lib/$name" "$path"; fi
  done < <(libraries_of "$dir"/bin/* "$dir"/mpi/bin/* "$dir"/mpi/plugins/*)
}

prepare() {  # [BUILD]
  local build=${1:-$here/../../build/release} binary architectures bytes
  missing=()
  [[ ! -e $dir || -e $dir/.acceptance || -z $(ls -A "$dir") ]] ||
    fail "$dir is neither empty nor made by this; name another folder"
  rm -rf "$dir"
  mkdir -p "$dir/bin"
  : >"$dir/.acceptance"

  for binary in "${binaries[@]}"; do
    if [[ ! -x $build/$binary ]]; then
      missing+=("$build/$binary")
    elif ! strip -o "$dir/bin/${binary##*/}" "$build/$binary"; then
      missing+=("$build/$binary, which cannot be stripped")
    fi
  done
  architectures=$(architectures "$build" | paste -sd ' ') || true
  [[ -n $architectures ]] || missing+=("CUDA in $build, by its compile_commands.json")
  pack_mpi
  pack_libraries
  cp "$self" "$here"/{steps,machine}.sh "$here/../../cmake/mpi-env" "$dir"
  device_files >"$dir/device_files.new"
  mv "$dir/device_files.new" "$dir/device_files"
  {
    echo "architectures $architectures"
    if grep -q '^TUTTI_NATIVE:BOOL=ON' "$build/CMakeCache.txt" 2>/dev/null; then
      echo "instructions $(instructions)"
    fi
  } >"$dir/facts"
  if ((${#missing[@]})); then
    printf 'acceptance: missing: %s\n' "${missing[@]}" >&2
    rm "$dir/facts"
    fail "$dir is not complete; see tests/gpu/METHOD.md"
  fi
  bytes=$(find "$dir" -type f -printf '%s\n' | awk '{sum += $1} END {print sum}')
  if ((bytes > limit_bytes)); then
    find "$dir" -type f -printf '%s %P\n' | sort -rn | head -8 >&2
    rm "$dir/facts"
    fail "$dir has $bytes bytes, expected $limit_bytes at most; build as tests/gpu/METHOD.md says"
  fi
  echo "acceptance: $dir has $((bytes >> 20)) MiB, for $architectures; there: $dir/acceptance run $dir"
}
