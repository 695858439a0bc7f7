package io.robusttrain.speed.profile;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.robusttrain.tensor.NativeRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.Loader;

/**
 * Two recorders that libtorch has and that its presets for Java do not map. They are called by
 * their symbols, in the library that is loaded already. What they throw would end the process, so
 * everything that they refuse is refused here before: a second recording beside the first, and a
 * file that cannot be written.
 */
final class LibtorchRecorders {
  private static final String OF_A_STRING =
      "ERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE";
  private static final String PROFILE = "_ZN5torch8autograd8profiler13RecordProfile";
  private static final String OBSERVER = "ExecutionTraceObserver";
  private static final String IMPL = "_ZN5torch8profiler4impl";

  /** {@code RTLD_LAZY | RTLD_NOLOAD}: the library that is there, with its symbols as they are. */
  private static final Map<String, ?> LOADED = Map.of(Library.OPTION_OPEN_FLAGS, 0x1 | 0x4);

  /** A {@code RecordProfile} has 16 bytes; the rest is for a version that has more members. */
  private static final int OBJECT_BYTES = 256;

  /** {@code std::string} of libstdc++: address, length, and room for short texts. */
  private static final int STRING_BYTES = 32;

  /** Of libtorch's own log: the recorder of tensors tells by warnings that it begins and ends. */
  private static final String LOG_LEVEL = "FLAGS_caffe2_log_level";

  private static final int ERRORS = 2;

  private static final AtomicBoolean RECORDING = new AtomicBoolean();

  private final Function beginTimes;
  private final Function endTimes;
  private final Function addTensors;
  private final Function enableTensors;
  private final Function disableTensors;
  private final Function removeTensors;
  private final Pointer logLevel;

  private LibtorchRecorders(NativeLibrary torch, NativeLibrary core) {
    beginTimes = torch.getFunction(PROFILE + "C1" + OF_A_STRING);
    endTimes = torch.getFunction(PROFILE + "D1Ev");
    addTensors = torch.getFunction(IMPL + "25add" + OBSERVER + OF_A_STRING);
    enableTensors = torch.getFunction(IMPL + "28enable" + OBSERVER + "Ev");
    disableTensors = torch.getFunction(IMPL + "29disable" + OBSERVER + "Ev");
    removeTensors = torch.getFunction(IMPL + "28remove" + OBSERVER + "Ev");
    logLevel = core.getGlobalVariableAddress(LOG_LEVEL);
  }

  /**
   * The recorders of the libtorch of this process.
   *
   * @throws ProfileException if it has none
   */
  static LibtorchRecorders open() {
    NativeRuntime.load();
    return of(loaded("torch_cpu"), loaded("c10"));
  }

  /** The file of a library that JavaCPP has loaded. */
  static String loaded(String name) {
    String file = Loader.getLoadedLibraries().get(name);
    if (file == null) {
      throw new ProfileException(
          "libtorch's library %s was not loaded by JavaCPP, so its operations cannot be recorded: time the step without --profile"
              .formatted(name));
    }
    return file;
  }

  /** The recorders in these files, both loaded. */
  static LibtorchRecorders of(String torch, String core) {
    try {
      return new LibtorchRecorders(
          NativeLibrary.getInstance(torch, LOADED), NativeLibrary.getInstance(core, LOADED));
    } catch (LinkageError missing) {
      throw new ProfileException(
          "cannot call the recorders in %s: %s. They are those of libtorch 2.10, called through JNA, which unpacks a library of its own: if that failed, set -Djna.tmpdir to a folder whose files may be executed; otherwise time the step without --profile"
              .formatted(torch, missing.getMessage()),
          missing);
    }
  }

  /** Something that is recorded until it is closed, when its file is written. */
  interface Recording extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Records when the operations of the calling thread begin and how long they take. Closed by the
   * same thread.
   *
   * @param file to be written, in a folder that is there
   */
  Recording times(Path file) {
    begin();
    Memory object = new Memory(OBJECT_BYTES);
    beginTimes.invokeVoid(new Object[] {object, string(file)});
    return () -> {
      endTimes.invokeVoid(new Object[] {object});
      RECORDING.set(false);
    };
  }

  /**
   * Records the tensors that the operations of all threads take and give.
   *
   * @param file to be written, in a folder that is there
   * @throws ProfileException if libtorch does not record
   */
  Recording tensors(Path file) {
    begin();
    int before = logLevel.getInt(0);
    logLevel.setInt(0, ERRORS);
    boolean added = (addTensors.invokeInt(new Object[] {string(file)}) & 0xff) != 0;
    if (!added) {
      logLevel.setInt(0, before);
      RECORDING.set(false);
      throw new ProfileException(
          "libtorch records the operations of this process already: one recording at a time");
    }
    enableTensors.invokeVoid(new Object[0]);
    return () -> {
      disableTensors.invokeVoid(new Object[0]);
      removeTensors.invokeVoid(new Object[0]);
      logLevel.setInt(0, before);
      RECORDING.set(false);
    };
  }

  private static void begin() {
    if (!RECORDING.compareAndSet(false, true)) {
      throw new ProfileException(
          "a step of this process is being recorded already: one recording at a time");
    }
  }

  /** A {@code const std::string&}, valid as long as the memory is referred to. */
  private static Memory string(Path file) {
    byte[] text = file.toString().getBytes(StandardCharsets.UTF_8);
    // The characters behind the object: both live as long as the other.
    Memory memory = new Memory(STRING_BYTES + text.length + 1L);
    memory.clear();
    memory.write(STRING_BYTES, text, 0, text.length);
    memory.setPointer(0, memory.share(STRING_BYTES));
    memory.setLong(Long.BYTES, text.length);
    memory.setLong(2L * Long.BYTES, text.length);
    return memory;
  }
}
