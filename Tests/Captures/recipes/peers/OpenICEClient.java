import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import org.mdpnp.devices.net.NetworkLoop;
import org.mdpnp.devices.philips.intellivue.Intellivue;
import org.mdpnp.devices.philips.intellivue.data.AttributeId;
import org.mdpnp.devices.philips.intellivue.data.ObjectClass;

/** OpenICE's IntelliVue client without its user interface: associates and polls the monitor's own object. */
public class OpenICEClient {
    public static void main(String[] arguments) throws Exception {
        final NetworkLoop loop = new NetworkLoop();
        final Intellivue client = new Intellivue();
        // The simulated monitor answers to port 24105 from a port of its own.
        DatagramChannel answers = DatagramChannel.open();
        answers.configureBlocking(false);
        answers.socket().bind(new InetSocketAddress(Intellivue.DEFAULT_UNICAST_PORT));
        loop.register(client, answers);
        DatagramChannel requests = DatagramChannel.open();
        requests.configureBlocking(false);
        requests.connect(new InetSocketAddress(arguments[0], Intellivue.DEFAULT_UNICAST_PORT));
        loop.register(client, requests);
        Thread thread = new Thread() {
            @Override
            public void run() {
                loop.runLoop();
            }
        };
        thread.setDaemon(true);
        thread.start();
        Thread.sleep(500);
        client.requestAssociation();
        Thread.sleep(1000);
        client.requestSinglePoll(ObjectClass.NOM_MOC_VMS_MDS, AttributeId.NOM_ATTR_GRP_SYS_PROD);
        client.requestExtendedPoll(ObjectClass.NOM_MOC_VMO_METRIC_NU, 1000L);
        Thread.sleep(2500);
    }
}
