package io.robusttrain.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which failures waiting can mend. */
class StorageAwayTest {
  static Stream<Throwable> outages() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new NoRouteToHostException("No route to host"),
        new SocketTimeoutException("60000 millis timeout"),
        new UnknownHostException("namenode"),
        new RemoteException(
            "org.apache.hadoop.hdfs.server.namenode.SafeModeException",
            "Cannot create file. Name node is in safe mode."),
        new RemoteException(StandbyException.class.getName(), "Operation category READ"),
        new IOException("All datanodes [DatanodeInfoWithStorage[10.0.0.1:9866]] are bad. Aborting"),
        new IOException(
            "File could only be written to 0 of the 1 minReplication nodes. There are 0 datanode(s)"
                + " running and 0 node(s) are excluded"),
        new EOFException("End of File Exception between local host is: driver/10.0.0.2"),
        new IOException("worker 3", new ConnectException("Connection refused")),
        new UncheckedIOException(new ConnectException("Connection refused")),
        new StorageAwayException("worker 0: no answer"));
  }

  static Stream<Throwable> others() {
    return Stream.of(
        new IOException("No space left on device"),
        new DSQuotaExceededException("The DiskSpace quota of /runs is exceeded"),
        new IOException(
            "File could only be written to 0 of the 1 minReplication nodes. There are 3 datanode(s)"
                + " running"),
        new AccessControlException("Permission denied: user=anna"),
        new FileNotFoundException("/runs/a (Permission denied)"),
        new FileAlreadyExistsException("/runs/a"),
        new IOException("Permission denied", new ConnectException("Connection refused")),
        new EOFException("the file ends"),
        new InterruptedIOException("Interrupted while waiting for the storage."),
        new IOException("Input/output error"),
        new IllegalStateException("a bug"));
  }

  @ParameterizedTest
  @MethodSource("outages")
  void waitingMends(Throwable failure) {
    assertThat(StorageAwayException.says(failure)).isTrue();
    assertThat(StorageFullException.says(failure)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("others")
  void waitingDoesNotMend(Throwable failure) {
    assertThat(StorageAwayException.says(failure)).isFalse();
  }
}
