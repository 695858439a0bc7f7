package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Python name that a pickle may contain. The list is closed: what is not here is refused.
 *
 * @param name module and name, with a dot
 * @param role what calling it means to this reader
 * @param storageType type of an element if the role is {@link Role#STORAGE}
 */
record AllowedGlobal(String name, Role role, Optional<DType> storageType) {
  /** What a call of a name gives. */
  enum Role {
    DICT,
    /** A tensor of (storage, offset, shape, strides, ...). */
    TENSOR,
    /** Its first argument, a tensor. */
    PARAMETER,
    /** Its argument, a tuple. */
    SIZE,
    /** Names the type of a storage; cannot be called. */
    STORAGE,
    /** Something that is read over. */
    INERT
  }

  private static final Map<String, AllowedGlobal> KNOWN = new HashMap<>();

  static {
    allow(Role.DICT, "collections", "OrderedDict", "defaultdict");
    allow(Role.TENSOR, "torch._utils", "_rebuild_tensor", "_rebuild_tensor_v2");
    allow(Role.PARAMETER, "torch._utils", "_rebuild_parameter", "_rebuild_parameter_with_state");
    allow(Role.SIZE, "torch", "Size");
    storage("Double", DType.F64);
    storage("Float", DType.F32);
    storage("Half", DType.F16);
    storage("BFloat16", DType.BF16);
    storage("Long", DType.I64);
    storage("Int", DType.I32);
    storage("Short", DType.I16);
    storage("Char", DType.I8);
    storage("Byte", DType.U8);
    storage("Bool", DType.BOOL);
    // PyTorch itself reads a storage without a type as bytes.
    put(new AllowedGlobal("torch.storage.UntypedStorage", Role.STORAGE, Optional.of(DType.U8)));
    allow(Role.INERT, "torch", "device", "bool", "uint8", "int8", "int16", "int32", "int64");
    allow(Role.INERT, "torch", "float16", "bfloat16", "float32", "float64");
    allow(Role.INERT, "argparse", "Namespace");
    allow(Role.INERT, "numpy", "dtype", "ndarray");
    // The second spelling is NumPy 2's.
    for (String core : List.of("numpy.core", "numpy._core")) {
      allow(Role.INERT, core + ".multiarray", "scalar", "_reconstruct");
      allow(Role.INERT, core + ".numeric", "_frombuffer");
    }
    allow(Role.INERT, "_codecs", "encode");
    // Python 3 writes protocol 2 with the names of Python 2.
    for (String builtins : List.of("builtins", "__builtin__")) {
      allow(Role.INERT, builtins, "set", "frozenset", "slice", "complex", "bytearray", "bytes");
      allow(Role.INERT, builtins, "int", "float", "bool", "str", "list", "dict", "tuple");
    }
  }

  /** The entry of the list, if there is one. */
  static Optional<AllowedGlobal> find(String module, String name) {
    return Optional.ofNullable(KNOWN.get(module + "." + name));
  }

  private static void allow(Role role, String module, String... names) {
    for (String name : names) {
      put(new AllowedGlobal(module + "." + name, role, Optional.empty()));
    }
  }

  private static void storage(String type, DType dtype) {
    put(new AllowedGlobal("torch." + type + "Storage", Role.STORAGE, Optional.of(dtype)));
  }

  private static void put(AllowedGlobal global) {
    KNOWN.put(global.name(), global);
  }
}
