package io.robusttrain.hadoop;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/** A NameNode and DataNodes in this process, on ports of 127.0.0.1. Closing stops them all. */
public final class MiniHdfs implements AutoCloseable {
  private final MiniDFSCluster cluster;
  private final List<MiniDFSCluster.DataNodeProperties> stopped = new ArrayList<>();

  /**
   * Starts.
   *
   * @param folder empty, for their disks
   * @param dataNodes how many, each a rack position of its own
   */
  public MiniHdfs(Path folder, int dataNodes) throws IOException {
    // The daemons report every broken connection, and breaking them is what the tests do.
    Configurator.setLevel("org.apache.hadoop", Level.OFF);
    Configurator.setLevel("BlockStateChange", Level.OFF);
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
    cluster =
        new MiniDFSCluster.Builder(conf)
            .clusterId("mini-" + UUID.randomUUID())
            .numDataNodes(dataNodes)
            .build();
    cluster.waitActive();
  }

  /** Such as {@code hdfs://localhost:12345}, without a slash at its end. */
  public String uri() {
    return cluster.getURI().toString();
  }

  /** Writes {@code core-site.xml}: a folder for HADOOP_CONF_DIR. */
  public void writeConfiguration(Path folder) throws IOException {
    Configuration conf = new Configuration(false);
    conf.set("fs.defaultFS", uri());
    Files.createDirectories(folder);
    try (OutputStream out = Files.newOutputStream(folder.resolve("core-site.xml"))) {
      conf.writeXml(out);
    }
  }

  /** A client of its own with the settings of {@code spark.properties}; the caller closes it. */
  public FileSystem client() throws IOException {
    return client(Map.of());
  }

  /** As {@link #client()}, with settings of its own. */
  public FileSystem client(Map<String, String> settings) throws IOException {
    Configuration conf = new Configuration();
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of("spark-submit/spark.properties"))) {
      properties.load(in);
    }
    for (String key : properties.stringPropertyNames()) {
      if (key.startsWith("spark.hadoop.")) {
        conf.set(key.substring("spark.hadoop.".length()), properties.getProperty(key));
      }
    }
    settings.forEach(conf::set);
    return FileSystem.newInstance(cluster.getURI(), conf);
  }

  /** Stops a DataNode as a crash would: its connections break, its blocks are gone. */
  public void stopDataNode(int index) {
    cluster.stopDataNode(index);
  }

  /** Stops all of it, as for a restart; what was written stays on the disks. */
  public void goDown() {
    while (!cluster.getDataNodes().isEmpty()) {
      stopped.add(cluster.stopDataNode(0));
    }
    cluster.shutdownNameNode(0);
  }

  /** Starts again what {@link #goDown} has stopped, on the same ports. */
  public void comeBack() throws IOException {
    cluster.restartNameNode(0, false);
    for (MiniDFSCluster.DataNodeProperties node : stopped) {
      cluster.restartDataNode(node, true);
    }
    stopped.clear();
    cluster.waitActive();
  }

  /** How many DataNodes run. */
  public int dataNodes() {
    return cluster.getDataNodes().size();
  }

  @Override
  public void close() {
    cluster.shutdown(true);
  }
}
